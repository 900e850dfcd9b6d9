// What the whole page knows of the gateway: its lines, its clock, and whether it still speaks.
import { batch, signal } from "@preact/signals";
import type { Frame, LineList, LineNow } from "../domain/api";
import { ask, Problem } from "./ask";
import { listen, merged } from "./stream";

export type Link = "starting" | "live" | "lost";

export const lineList = signal<LineList | null>(null);
export const lines = signal<readonly LineNow[]>([]);
export const now = signal<string | null>(null); // the gateway's clock, never the viewer's
export const link = signal<Link>("starting");
export const lostSince = signal<string | null>(null);
export const importing = signal<number | null>(null);
export const status = signal<Frame["status"] | null>(null);
export const trouble = signal<Problem | null>(null);

let build: string | null = null;
let openedOn: string | undefined; // production day on which a board was opened

/** Fetch what is configured, then follow the stream; the stream alone keeps values moving. */
export async function start(): Promise<void> {
  listen({ frame: take, lost: lose });
  await load();
}

/** Ask for lines and their present values; whatever the stream brought meanwhile stays. */
export async function load(): Promise<void> {
  try {
    const list = await ask<LineList>("/lines");
    lineList.value = list;
    now.value ??= list.as_of;
    const present = list.lines.map((line) => ask<LineNow>(`/lines/${line.id}/now`));
    const found = await Promise.all(present);
    lines.value = merged(found, lines.value);
    trouble.value = null;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    trouble.value = problem;
  }
}

/** Put one frame on the page. */
export function take(frame: Frame): void {
  build ??= frame.build;
  openedOn ??= dayOf(frame);
  if (build !== frame.build && quiet(frame)) {
    location.reload(); // another version serves us now
    return;
  }
  batch(() => {
    const returned = link.value === "lost";
    link.value = "live";
    lostSince.value = null;
    now.value = frame.now;
    status.value = frame.status;
    importing.value = frame.import?.share ?? null;
    lines.value = merged(lines.value, frame.lines);
    if (returned || (trouble.value && !lineList.value)) void load();
  });
}

function lose(): void {
  if (link.value === "lost") return;
  link.value = "lost";
  lostSince.value = now.value;
}

/** Whether nobody minds a reload: no sheet is open, and a board waits for the next production day. */
function quiet(frame: Frame): boolean {
  const board = /^\/(board|$)/.test(location.pathname);
  return board ? dayOf(frame) !== openedOn : document.querySelector("dialog[open]") === null;
}

function dayOf(frame: Frame): string | undefined {
  return frame.lines.find((line) => line.shift)?.shift?.production_day;
}
