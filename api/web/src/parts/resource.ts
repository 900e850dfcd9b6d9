// A document that a page fetches and keeps fresh while somebody looks. A failure keeps the last one.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, Problem } from "../live/ask";

export interface Resource<T> {
  data: T | null;
  problem: Problem | null;
  reload: () => void;
}

/** Fetch what `path` says now, again every `every_s` seconds, and at once when `key` changes. */
export function useResource<T>(key: string | null, path: () => string, every_s: number): Resource<T> {
  const [found, put] = useState<{ key: string | null; data: T | null; problem: Problem | null }>({
    key: null,
    data: null,
    problem: null,
  });
  const latest = useRef(path);
  latest.current = path;

  const load = useCallback(async (signal?: AbortSignal): Promise<void> => {
    if (key === null || document.hidden) return;
    try {
      const data = await ask<T>(latest.current(), signal ? { signal } : {});
      if (!signal?.aborted) put({ key, data, problem: null });
    } catch (problem) {
      if (signal?.aborted) return;
      if (!(problem instanceof Problem)) throw problem;
      put((was) => ({ key, data: was.key === key ? was.data : null, problem }));
    }
  }, [key]);

  useEffect(() => {
    const stop = new AbortController();
    const again = (): void => void load(stop.signal);
    again();
    const timer = setInterval(again, every_s * 1000);
    document.addEventListener("visibilitychange", again);
    return () => {
      stop.abort();
      clearInterval(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, [load, every_s]);

  const fits = found.key === key;
  return { data: fits ? found.data : null, problem: fits ? found.problem : null, reload: () => void load() };
}
