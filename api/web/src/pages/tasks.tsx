// Records of improvement tasks: who agreed on what, how far it is, what it proves. Proposing one is here too.
import type { JSX } from "preact";
import { go, to } from "../address";
import type { TargetList } from "../domain/api";
import { flags, inOrder, type Task, type TaskList, type TaskShort } from "../domain/task";
import { ask } from "../live/ask";
import { lineList } from "../live/store";
import { type Field, Form } from "../parts/Form";
import { useResource } from "../parts/resource";
import { Awaited, Empty } from "../parts/Shared";
import { counted, dueOf, FlagsOf, ProofOf, SignsOf, WayOf } from "../parts/Task";
import "../style/targets.css";
import "../style/tasks.css";
import { measureName, t } from "../words";

export function Tasks(_: { id: string }): JSX.Element {
  const { data, problem, reload } = useResource<TaskList>("tasks", () => "/tasks", 30);
  const targets = useResource<TargetList>("targets", () => "/targets", 600);
  if (!data) return <Awaited problem={problem} again={reload} />;
  return (
    <main class="page targets" id="main">
      <p>
        <a class="back" href={to("/targets")}>
          {t("targets.all")}
        </a>
      </p>
      <header class="page-head">
        <h1>{t("tasks.of_site", { site: lineList.value?.site.name ?? "" })}</h1>
        <p class="note">{t("tasks.typed")}</p>
      </header>
      <section class="panel">
        <Form title={t("tasks.propose")} button={t("tasks.propose_do")} fields={fields(targets.data)} send={propose} ready={(values) => Boolean(values["target"] || values["line"])} />
      </section>
      {data.tasks.length === 0 && (
        <Empty says={t("tasks.none")}>
          <p>{t("tasks.none_do")}</p>
        </Empty>
      )}
      {inOrder(data.tasks).map((task) => (
        <Card key={task.id} of={task} />
      ))}
    </main>
  );
}

/** A task is of a target that is agreed already, or of a line for the time being. */
function fields(targets: TargetList | null): Field[] {
  const lines = lineList.value?.lines ?? [];
  const named = (targets?.targets ?? []).map((one) => ({ value: String(one.id), label: `${measureName(one.measure)} · ${one.line_name}` }));
  return [
    { name: "title", label: t("task.title"), most: 120 },
    { name: "target", label: t("task.target"), kind: "choice", optional: true, choices: named },
    { name: "line", label: t("task.line"), kind: "choice", optional: true, choices: lines.map((one) => ({ value: one.id, label: one.name })) },
    { name: "problem", label: t("task.problem"), kind: "area", optional: true },
    { name: "hypothesis", label: t("task.hypothesis"), kind: "area", optional: true },
    { name: "mentor", label: t("task.mentor"), optional: true },
    { name: "due", label: t("task.due"), kind: "day", optional: true },
  ];
}

async function propose(values: Record<string, string>): Promise<void> {
  const said = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim()));
  if (said["target"]) {
    delete said["line"]; // the target says it, and when it is due
    delete said["due"];
  }
  const headers = { accept: "application/json", "content-type": "application/json" };
  const made = await ask<Task>("/tasks", { method: "POST", headers, body: JSON.stringify(said) });
  go(to(`/tasks/${made.id}`));
}

function Card({ of }: { of: TaskShort }): JSX.Element {
  const numbered = flags([of]);
  return (
    <article class="panel task" data-task={of.id} data-status={of.status}>
      <header class="target-head">
        <h2>
          {of.title} <span class="target-line">{of.line_name}</span>
        </h2>
        {of.measure && <span class="note">{measureName(of.measure)}</span>}
        <span class="target-verdict due num">{dueOf(of)}</span>
      </header>
      <WayOf of={of} />
      <ProofOf of={of} />
      {numbered.length > 0 && <FlagsOf of={numbered} />}
      <SignsOf of={of} />
      <footer class="target-foot">
        <p class="note num">
          {[counted("countermeasures", numbered.length), `${of.id}`].join(" · ")}
        </p>
        <a class="button" href={to(`/tasks/${of.id}`)} aria-label={t("targets.open_of", { name: of.title })}>
          {t("targets.open")}
        </a>
      </footer>
    </article>
  );
}
