// Improvement tasks: which stands first, what its steps lack, and which column a flag is on.
import { describe, expect, it } from "vitest";
import { columnOf, flags, inOrder, lacks, ready, standing, type SignOff, type TaskShort } from "../src/domain/task";

const task = (id: string, changed: Partial<TaskShort> = {}): TaskShort =>
  ({ id, status: "proposed", next: [], due_days: null, countermeasures: [], sign_offs: [], ...changed }) as unknown as TaskShort;
const measure = (n: number, day: string, withdrawn = false): TaskShort["countermeasures"][number] => ({ n, day, withdrawn, text: `m${n}`, owner: "o", at: "" });
const sign = (role: SignOff["role"], stands: boolean): SignOff => ({ n: 1, at: "", withdrawn: false, role, name: "a", said: null, status: "proposed", verdict: null, stands });

describe("the order of tasks", () => {
  it("puts what can be taken on first, then what waits, then what is closed", () => {
    const open = task("k1", { next: [{ to: "agreed", roles: ["firm"], missing: ["target"] }, { to: "rejected", roles: ["firm"], missing: ["reason"] }] });
    const able = task("k2", { status: "agreed", next: [{ to: "running", roles: ["firm"], missing: [] }] });
    const done = task("k3", { status: "rejected", due_days: -9 });
    expect(inOrder([done, open, able]).map((one) => one.id)).toEqual(["k2", "k1", "k3"]);
    expect([ready(open), ready(able), ready(done)]).toEqual([false, true, false]);
  });

  it("puts what is due sooner first, and of those without a date the newest", () => {
    const all = [task("k2"), task("k10"), task("k3", { due_days: 9 }), task("k4", { due_days: -1 })];
    expect(inOrder(all).map((one) => one.id)).toEqual(["k4", "k3", "k10", "k2"]);
  });

  it("does not count a way back as a step onwards", () => {
    expect(ready(task("k1", { status: "claimed", next: [{ to: "running", roles: ["firm"], missing: [] }] }))).toBe(false);
  });
});

describe("a step", () => {
  it("asks for its reason in the form, and lacks the rest", () => {
    expect(lacks({ to: "rejected", roles: [], missing: ["reason", "proven"] })).toEqual(["proven"]);
  });
});

describe("a signature", () => {
  it("counts where it stands under the terms as they are", () => {
    expect([...standing(task("k1", { sign_offs: [sign("firm", false), sign("mentor", true)] }))]).toEqual(["mentor"]);
  });
});

describe("flags", () => {
  it("are numbered by day over all tasks, without what was taken back", () => {
    const all = [task("k1", { countermeasures: [measure(4, "2026-03-09"), measure(5, "2026-03-02", true)] }), task("k2", { countermeasures: [measure(1, "2026-03-02")] })];
    expect(flags(all).map((one) => [one.n, one.day, one.text])).toEqual([[1, "2026-03-02", "m1"], [2, "2026-03-09", "m4"]]);
  });

  it("stand on their day, or on the next that there is, and on none outside", () => {
    const days = ["2026-03-02", "2026-03-03", "2026-03-05"];
    expect(["2026-03-02", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-01"].map((day) => columnOf(day, days))).toEqual([0, 2, 2, null, null]);
  });
});
