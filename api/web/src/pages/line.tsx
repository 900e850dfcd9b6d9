import type { JSX } from "preact";
import { Loading } from "../parts/Shared";

export function Line(_: { id: string }): JSX.Element {
  return <Loading />;
}
