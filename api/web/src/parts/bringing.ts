// A file that somebody brings: chosen, sent by a press, and what became of it, until another is chosen.
import { useState } from "preact/hooks";
import { tooLong } from "../domain/evidence";
import { Problem } from "../live/ask";

export interface Bringing<T> {
  file: File | null;
  long: boolean;
  busy: boolean;
  found: T | null;
  problem: Problem | null;
  choose: (file: File | null) => void;
  forget: () => void;
  send: () => void;
}

/** Send a file by `sent`; what came of it is forgotten with the next choice. */
export function useBringing<T>(sent: (file: File) => Promise<T>): Bringing<T> {
  const [file, take] = useState<File | null>(null);
  const [busy, work] = useState(false);
  const [found, tell] = useState<T | null>(null);
  const [problem, fail] = useState<Problem | null>(null);

  const forget = (): void => {
    tell(null);
    fail(null);
  };
  const send = (): void => {
    if (!file) return;
    work(true);
    forget();
    void sent(file)
      .then(tell, (wrong: unknown) => {
        if (!(wrong instanceof Problem)) throw wrong;
        fail(wrong);
      })
      .finally(() => work(false));
  };
  const choose = (next: File | null): void => {
    take(next);
    forget();
  };
  return { file, long: file !== null && tooLong(file.size), busy, found, problem, choose, forget, send };
}
