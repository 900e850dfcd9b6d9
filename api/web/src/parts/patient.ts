// Parts of the program that are fetched when they are needed, from a gateway that may be away.
export const AGAIN_MS = 5_000;

/** Fetch a part, again and again until the gateway gives it; what comes back ends the asking. */
export function patiently<T>(fetch: () => Promise<T>, found: (part: T) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let gone = false;
  const take = (part: T): void => {
    if (!gone) found(part);
  };
  const wait = (): void => {
    if (!gone) timer = setTimeout(ask, AGAIN_MS);
  };
  const ask = (): void => void fetch().then(take, wait);
  ask();
  return () => {
    gone = true;
    clearTimeout(timer);
  };
}
