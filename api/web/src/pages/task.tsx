// One improvement task: its terms, its proof, what was done and said, and who signed.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { to } from "../address";
import type { TargetList } from "../domain/api";
import { flags, lacks, ROLES, type Task, type Way } from "../domain/task";
import { moment } from "../domain/time";
import { ask } from "../live/ask";
import { type Field, Form } from "../parts/Form";
import { Photos } from "../parts/Photos";
import { useResource } from "../parts/resource";
import { Awaited } from "../parts/Shared";
import { dueOf, FlagsOf, KeptOf, LacksOf, ProofOf, roleName, SignsOf, statusName, TermsOf, WayOf } from "../parts/Task";
import { History, SignedOf, TalkOf } from "../parts/TaskNotes";
import "../style/targets.css";
import "../style/tasks.css";
import { measureName, t } from "../words";

export function TaskPage({ id }: { id: string }): JSX.Element {
  const { data, problem, reload } = useResource<Task>(`task${id}`, () => `/tasks/${encodeURIComponent(id)}`, 30);
  const targets = useResource<TargetList>("targets", () => "/targets", 600);
  const [newer, put] = useState<Task | null>(null);
  if (!data) return <Awaited problem={problem} again={reload} />;
  const of = newer && newer.id === data.id && newest(newer) > newest(data) ? newer : data;
  const send = (path: string) => async (values: Record<string, unknown>): Promise<void> => put(await post(of.id, path, values));
  return (
    <main class="page targets" id="main" data-task={of.id} data-status={of.status}>
      <p>
        <a class="back" href={to("/tasks")}>
          {t("tasks.all")}
        </a>{" "}
        {of.target && (
          <a class="back" href={to(`/targets/${of.target}`)}>
            {t("task.to_target")}
          </a>
        )}
      </p>
      <section class="panel task">
        <header class="target-head">
          <h1>
            {of.title} <span class="target-line">{of.line_name}</span>
          </h1>
          <span class="target-verdict due num">{dueOf(of)}</span>
        </header>
        <WayOf of={of} />
        <ProofOf of={of} />
        <KeptOf of={of} />
        <p class="note">{t("tasks.typed")}</p>
      </section>
      <div class="target-columns">
        <section class="panel">
          <h2 class="section">{t("task.terms")}</h2>
          <TermsOf of={of} />
          {of.next.length > 0 && (
            <Form title={t("task.edit")} button={t("task.save")} fields={termsOf(of, targets.data)} send={async (values) => put(await amend(of, values))} />
          )}
        </section>
        <section class="panel">
          <h2 class="section">{t("task.sign_offs")}</h2>
          <SignsOf of={of} />
          <SignedOf of={of.sign_offs} />
          <Form title={t("task.sign")} button={t("task.sign")} fields={[role(), name(), note("said")]} send={send("sign-offs")} />
        </section>
      </div>
      <section class="panel">
        <h2 class="section">{t("task.next")}</h2>
        {of.next.length === 0 && <p class="note">{t("task.closed")}</p>}
        <ul class="task-steps">
          {of.next.map((way) => (
            <li key={way.to} data-step={way.to}>
              <Step way={way} send={(values) => send("status")({ ...values, to: way.to })} />
            </li>
          ))}
        </ul>
        <History of={of.history} />
      </section>
      <section class="panel">
        <h2 class="section">{t("task.countermeasures")}</h2>
        <FlagsOf of={flags([of])} />
        <Form
          title={t("task.add_countermeasure")}
          button={t("task.save")}
          fields={[{ name: "text", label: t("task.text"), kind: "area" }, { name: "owner", label: t("task.owner") }, date()]}
          send={send("countermeasures")}
        />
      </section>
      <Photos of={of} changed={put} />
      <div class="target-columns">
        <TalkOf title={t("task.visits")} of={of.visits}>
          <Form title={t("task.add_visit")} button={t("task.save")} fields={[date(), { name: "text", label: t("task.text"), kind: "area" }, name()]} send={send("visits")} />
        </TalkOf>
        <TalkOf title={t("task.comments")} of={of.comments}>
          <Form title={t("task.add_comment")} button={t("task.save")} fields={[{ name: "text", label: t("task.text"), kind: "area" }, name()]} send={send("comments")} />
        </TalkOf>
      </div>
      <p class="note num">{t("task.made", { id: of.id, version: of.version, at: moment(t, of.made_at) })}</p>
    </main>
  );
}

/** A step that can be taken, or what it lacks. */
function Step({ way, send }: { way: Way; send: (values: Record<string, string>) => Promise<void> }): JSX.Element {
  const roles = { ...role(), choices: way.roles.map((one) => ({ value: one, label: roleName(one) })) };
  const reason: Field = { name: "reason", label: t("task.reason"), most: 500, optional: !way.missing.includes("reason") };
  const title = t("task.step_to", { status: statusName(way.to) });
  return (
    <>
      {lacks(way).length === 0 ? (
        <Form title={title} button={title} fields={[roles, name(), reason]} send={send} />
      ) : (
        <p>
          <strong>{title}</strong> <span class="note">{t("task.lacks")}</span>
        </p>
      )}
      <LacksOf way={way} />
    </>
  );
}

const role = (): Field => ({ name: "role", label: t("task.role"), kind: "choice", choices: ROLES.map((one) => ({ value: one, label: roleName(one) })) });
const name = (): Field => ({ name: "name", label: t("task.name") });
const date = (): Field => ({ name: "day", label: t("task.day"), kind: "day" });
const note = (key: string): Field => ({ name: key, label: t("task.said"), most: 500, optional: true });

/** Words may be mended while a task is open; its target is linked while it is proposed. */
function termsOf(of: Task, targets: TargetList | null): Field[] {
  const named = (targets?.targets ?? []).map((one) => ({ value: String(one.id), label: `${measureName(one.measure)} · ${one.line_name}` }));
  const words: Field[] = [
    { name: "title", label: t("task.title"), most: 120, value: of.title },
    { name: "problem", label: t("task.problem"), kind: "area", optional: true, value: of.problem ?? "" },
    { name: "hypothesis", label: t("task.hypothesis"), kind: "area", optional: true, value: of.hypothesis ?? "" },
    { name: "mentor", label: t("task.mentor"), optional: true, value: of.mentor ?? "" },
  ];
  if (of.status !== "proposed" || of.target) return words;
  return [...words, { name: "target", label: t("task.target"), kind: "choice", optional: true, choices: named, value: "" }];
}

/** The terms with what was changed; who edits what somebody else has changed meanwhile is told. */
async function amend(of: Task, values: Record<string, string>): Promise<Task> {
  const said = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.trim() || null]));
  const headers = { accept: "application/json", "content-type": "application/json", "if-match": `"${of.version}"` };
  return ask<Task>(`/tasks/${of.id}`, { method: "PATCH", headers, body: JSON.stringify(said) });
}

/** How many notes and versions there are: what a press just added is newer than what was fetched. */
function newest(of: Task): number {
  return of.version + of.history.length + of.comments.length + of.visits.length + of.photos.length + of.countermeasures.length + of.sign_offs.length;
}

async function post(task: string, path: string, values: Record<string, unknown>): Promise<Task> {
  const said = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
  const headers = { accept: "application/json", "content-type": "application/json" };
  return ask<Task>(`/tasks/${task}/${path}`, { method: "POST", headers, body: JSON.stringify(said) });
}
