// A target against a frozen baseline: how much better and from when, what that means, then agree on it.
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { go, to } from "../address";
import { agreement, earliest, MOST_IMPROVE, oddity, question, ready, type Typed, typedUnit, type Way } from "../domain/aim";
import type { Baseline, Intended, Target } from "../domain/api";
import { figure } from "../domain/measure";
import { percent } from "../domain/number";
import { date, day, lastDay } from "../domain/time";
import { ask, Problem } from "../live/ask";
import { measureName, t } from "../words";
import { Dated } from "./Dated";
import { Choice, Text } from "./Fields";
import { Trouble } from "./Shared";
import { Terms } from "./Terms";

const EMPTY: Typed = { way: "improve", amount: "", live: "", due: "" };
const LONGEST = 20; // digits of an amount

export function Aim({ of }: { of: Baseline }): JSX.Element | null {
  const [open, put] = useState(false);
  if (of.better === null || of.value === null) return null; // nothing to promise against
  return (
    <details class="form-fold" open={open} onToggle={(event) => put(event.currentTarget.open)}>
      <summary class="button" aria-label={t("aim.open_of", { name: of.name })}>
        {t("aim.open")}
      </summary>
      {open && <Inside of={of} />}
    </details>
  );
}

/** What is typed, then its look, then the agreement: what is shown is what is agreed on. */
function Inside({ of }: { of: Baseline }): JSX.Element {
  const [typed, type] = useState(EMPTY);
  const [shown, show] = useState<Intended | null>(null);
  const [problem, tell] = useState<Problem | null>(null);
  const [busy, work] = useState(false);
  const says = useId();
  const odd = oddity(typed, of);
  const change = (changed: Partial<Typed>): void => {
    type({ ...typed, ...changed });
    show(null);
    tell(null);
  };
  const tried = async (attempt: () => Promise<void>): Promise<void> => {
    work(true);
    try {
      await attempt();
      tell(null);
    } catch (found) {
      if (!(found instanceof Problem)) throw found;
      show(null);
      tell(found);
    } finally {
      work(false);
    }
  };
  const look = (): Promise<void> => tried(async () => show(await ask<Intended>(`/targets/preview?${question(typed, of)}`)));
  const agree = (): Promise<void> =>
    tried(async () => {
      const headers = { accept: "application/json", "content-type": "application/json" };
      const made = await ask<Target>("/targets", { method: "POST", headers, body: JSON.stringify(agreement(typed, of)) });
      go(to(`/targets/${made.id}`));
    });
  const ways: Way[] = ["improve", "value"];
  const unit = typedUnit(t, typed.way, of.unit);
  return (
    <>
      <form
        class="form baseline-form"
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <Choice
          label={t("aim.way")}
          value={typed.way}
          of={ways.map((one) => ({ value: one, label: t(`aim.way.${one}`) }))}
          put={(way) => change({ way: way === "value" ? "value" : "improve", amount: "" })}
        />
        <Text
          label={t(`aim.${typed.way}`, { unit })}
          kind="number"
          most={LONGEST}
          value={typed.amount}
          odd={odd !== null && odd !== "early"}
          says={says}
          put={(amount) => change({ amount })}
        />
        <Text label={t("targets.go_live")} kind="date" least={earliest(of)} value={typed.live} odd={odd === "early"} says={says} put={(live) => change({ live })} />
        <Text label={t("form.optional", { label: t("targets.due") })} kind="date" least={earliest(of)} value={typed.due} put={(due) => change({ due })} />
        <p class={`note num aim-says${odd ? " aim-odd" : ""}`} id={says} role="status" data-odd={odd ?? ""}>
          <Dated text={hint(of, odd)} />
        </p>
        <div class="actions">
          <button type="submit" class="button" disabled={busy || !ready(typed, of)}>
            {t("baselines.look")}
          </button>
        </div>
      </form>
      {problem && <Trouble problem={problem} again={() => void look()} />}
      <div role="status">{shown && <Look of={shown} />}</div>
      {shown && (
        <p class="aim-agree">
          <button type="button" class="button" disabled={busy} onClick={() => void agree()}>
            {t("aim.agree")}
          </button>
        </p>
      )}
    </>
  );
}

/** The baseline as what has to be beaten, or what is odd about what was typed. */
function hint(of: Baseline, odd: ReturnType<typeof oddity>): string {
  const side = of.better === "lower" ? "lower" : "higher";
  const value = figure(t, of.value, of.unit);
  if (odd === "early") return t("aim.odd.early", { day: day(t, earliest(of)) });
  if (odd === "better") return t(`aim.odd.better_${side}`, { value });
  if (odd === "share") return t("aim.odd.share", { most: percent(1, 0) });
  if (odd === "much") return t("aim.odd.much", { most: percent(MOST_IMPROVE, 0) });
  if (odd === "number") return t("aim.odd.number");
  return t("aim.from", { value, side: t(`targets.better_${side}`) });
}

function Look({ of }: { of: Intended }): JSX.Element {
  const target = figure(t, of.target, of.unit);
  const period = (from: string, end: string): string => t("targets.period", { from: day(t, date(from)), to: day(t, lastDay(from, end)) });
  return (
    <div class="preview" data-before={of.before ?? ""} data-target={of.target ?? ""} data-unit={of.unit}>
      <p>
        {measureName(of.measure)} <strong class="num aim-promise">{t("aim.promise", { before: figure(t, of.before, of.unit), target })}</strong>
        {of.improvement_rate !== null && <span class="num"> {t("aim.by", { rate: percent(of.improvement_rate, 1) })}</span>}
      </p>
      {of.warnings.map((code) => (
        <p key={code} class="late" data-warning={code}>
          {t(`aim.warning.${code}`)}
        </p>
      ))}
      <Terms
        of={[
          [t("targets.go_live"), day(t, date(of.go_live))],
          [t("aim.blackout"), of.blackout_days === null ? "" : t("aim.blackout_of", { period: period(of.go_live, of.report_from), n: of.blackout_days })],
          [t("targets.report_period"), period(of.report_from, of.report_to)],
          [t("targets.due"), of.due ? day(t, of.due) : t("targets.no_due")],
        ]}
      />
      <p>{t("aim.compared", { target })}</p>
      <p>{t("aim.forever")}</p>
    </div>
  );
}
