// The head of the line page over an interval of the past: its own figures, and nothing of now.
import type { JSX } from "preact";
import type { KpiRows, LineNow } from "../domain/api";
import { figure, grade, unitLabel } from "../domain/measure";
import { covered, number, percent, signed, withUnit } from "../domain/number";
import { closed, period, planOf } from "../domain/period";
import { lineList, now } from "../live/store";
import { t } from "../words";
import { Explained } from "./Definition";
import { Fact, ownWords } from "./Fact";
import { Measure } from "./Measure";

interface Props {
  line: LineNow;
  of: KpiRows;
  view: { from: string; to: string };
}

/** Whether what is on view has ended. */
export function Ended({ view, title }: { view: { to: string }; title: string }): JSX.Element {
  const over = closed(view, now.value ?? view.to);
  return (
    <p class="line-closed num" data-closed={over}>
      {over ? t("line.closed", { shift: title }) : title}
    </p>
  );
}

export function Figures({ line, of, view }: Props): JSX.Element {
  const found = period(of.rows, line.good.unit);
  const entry = lineList.value?.lines.find((one) => one.id === line.line);
  const plan = planOf(found, view, entry)?.plan ?? null;
  const gap = plan === null || found.good.value === null ? null : found.good.value - plan;
  const limit = line.limits.defect_rate;
  return (
    <dl class="line-facts line-facts-closed">
      <Fact name={t("board.actual")}>
        <Explained id={found.good.definition} name={t("board.actual")}>
          <Measure name="good" of={found.good}>
            {figure(t, found.good.value, found.good.unit)}
          </Measure>
        </Explained>
      </Fact>
      <Fact name={t("line.plan")}>
        <span class="num" data-plan={plan ?? ""} data-unit={line.good.unit}>
          {plan === null ? t("board.no_plan") : number(plan)}
        </span>
      </Fact>
      <Fact name={t("line.difference")}>
        <Explained id={found.good.definition} name={t("line.difference")} own={ownWords("closed_gap")}>
          <span
            class="num"
            data-measure="gap"
            data-unit={found.good.unit}
            data-value={gap ?? ""}
            data-coverage={found.good.coverage ?? ""}
            data-definition={found.good.definition}
          >
            {gap === null ? t("board.gap_unknown") : withUnit(signed(gap), unitLabel(t, found.good.unit))}
          </span>
        </Explained>
      </Fact>
      <Fact name={t("measure.defect_rate")}>
        <Explained id={found.defects.definition || line.defect_rate.definition} name={t("measure.defect_rate")}>
          <Measure name="defect_rate" of={found.defects}>
            {percent(found.defects.value)}
          </Measure>
        </Explained>
        {limit != null && <span class="fact-note num"> {t("board.limit", { rate: percent(limit, 1) })}</span>}
      </Fact>
      <Fact name={t("coverage.name")}>
        <Explained id={null} name={t("coverage.name")} own={ownWords("data")}>
          <span class="num" data-grade={grade(found.coverage)}>
            {covered(found.coverage)}
          </span>
        </Explained>
        <span class="fact-note"> {t(`coverage.${grade(found.coverage)}`)}</span>
      </Fact>
    </dl>
  );
}
