// What was said and done about a task, the newest first; what was taken back stays and is struck through.
import type { ComponentChildren, JSX } from "preact";
import type { Said, SignOff, StepTaken } from "../domain/task";
import { day, moment } from "../domain/time";
import { t } from "../words";
import { Dated } from "./Dated";
import { roleName, statusName } from "./Task";

/** Visits or comments, with the form that adds one. */
export function TalkOf({ title, of, children }: { title: string; of: readonly Said[]; children: ComponentChildren }): JSX.Element {
  return (
    <section class="panel">
      <h2 class="section">{title}</h2>
      <ul class="task-talk">
        {[...of].reverse().map((one) => (
          <li key={one.n} class={one.withdrawn ? "task-withdrawn" : ""}>
            <p>{one.text}</p>
            <p class="note num">
              <Dated text={[one.name, one.day ? day(t, one.day) : moment(t, one.at), one.withdrawn ? t("task.withdrawn") : ""].filter(Boolean).join(" · ")} />
            </p>
          </li>
        ))}
      </ul>
      {children}
    </section>
  );
}

/** Every signature ever given, and what it stands under. */
export function SignedOf({ of }: { of: readonly SignOff[] }): JSX.Element | null {
  const past = of.filter((one) => !one.stands);
  if (!past.length) return null;
  return (
    <ul class="task-talk">
      {[...past].reverse().map((one) => (
        <li key={one.n} class={one.withdrawn ? "task-withdrawn" : ""}>
          <p class="note num">
            <Dated text={[roleName(one.role), one.name, moment(t, one.at), t(one.withdrawn ? "task.withdrawn" : "task.stands_not")].join(" · ")} />
          </p>
        </li>
      ))}
    </ul>
  );
}

/** The steps that were taken, by whom and why. */
export function History({ of }: { of: readonly StepTaken[] }): JSX.Element | null {
  if (!of.length) return null;
  return (
    <>
      <h3 class="smaller">{t("task.history")}</h3>
      <ul class="task-talk">
        {[...of].reverse().map((one) => (
          <li key={one.n}>
            <p class="num">
              {t("task.stepped", { from: statusName(one.from), to: statusName(one.to) })}{" "}
              <span class="note">
                <Dated text={[roleName(one.role), one.name, moment(t, one.at), one.reason ?? ""].filter(Boolean).join(" · ")} />
              </span>
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
