// The tasks behind a target, on its page: how far they are, what was done, who signed.
import type { JSX } from "preact";
import { to } from "../address";
import { flags, inOrder, type TaskShort } from "../domain/task";
import { t } from "../words";
import { Blocks } from "./Shared";
import { FlagsOf, KeptOf, SignsOf, WayOf } from "./Task";
import "../style/tasks.css";

/** `of` is null while they are asked for. */
export function TasksOf({ of }: { of: readonly TaskShort[] | null }): JSX.Element {
  if (!of) {
    return (
      <section class="panel">
        <h2 class="section">{t("targets.tasks")}</h2>
        <Blocks rows={2} />
      </section>
    );
  }
  return (
    <section class="panel" data-tasks={of.length}>
      <h2 class="section">{t("targets.tasks")}</h2>
      {of.length === 0 && <p class="note">{t("targets.no_tasks")}</p>}
      {inOrder(of).map((task) => (
        <article key={task.id} class="task" data-task={task.id}>
          <h3 class="smaller">
            <a class="back" href={to(`/tasks/${task.id}`)}>
              {task.title}
            </a>
          </h3>
          <WayOf of={task} />
          {task.attribution.kind !== "none" && (
            <p class="task-gain" data-gain={task.attribution.kind}>
              {t(`task.gain.${task.attribution.kind}`, { others: task.attribution.with.join(", ") })}
            </p>
          )}
          <SignsOf of={task} />
          <KeptOf of={task} />
        </article>
      ))}
      {flags(of).length > 0 && (
        <>
          <h3 class="smaller">{t("task.countermeasures")}</h3>
          <FlagsOf of={flags(of)} />
        </>
      )}
      <p>
        <a class="button" href={to("/tasks")}>
          {t("tasks.open")}
        </a>
      </p>
    </section>
  );
}
