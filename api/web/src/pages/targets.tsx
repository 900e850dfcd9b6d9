// Targets: baseline, now, target, an interval and a verdict; what needs me stands first.
import type { JSX } from "preact";
import { to } from "../address";
import type { Target, TargetList, Unjudged, Verdict } from "../domain/api";
import { needsMe, sorted } from "../domain/target";
import { lineList } from "../live/store";
import { Axis } from "../parts/Axis";
import { DefinitionButton } from "../parts/Definition";
import { Firms } from "../parts/Firms";
import { Basis, Due, Four, Missing, Says, VerdictChip } from "../parts/Proof";
import { useResource } from "../parts/resource";
import { Awaited, Empty } from "../parts/Shared";
import "../style/targets.css";
import { measureName, t } from "../words";

export function Targets(_: { id: string }): JSX.Element {
  const { data, problem, reload } = useResource<TargetList>("targets", () => "/targets", 30);
  if (!data) return <Awaited problem={problem} again={reload} />;
  return (
    <main class="page targets" id="main">
      <header class="page-head">
        <h1>{t("targets.of_site", { site: lineList.value?.site.name ?? "" })}</h1>
        {data.targets.length > 0 && <p class="note num">{summary(data.targets)}</p>}
        {data.targets.length > 0 && <p class="note page-sort">{t("targets.sorted")}</p>}
        <a class="button" href={to("/baselines")}>
          {t("page.baselines")}
        </a>
        <a class="button" href={`${to("/baselines")}#frozen`}>
          {t("aim.open")}
        </a>
        <a class="button" href={to("/tasks")}>
          {t("tasks.open")}
        </a>
      </header>
      {data.targets.length + data.unjudged.length === 0 && (
        <Empty says={t("targets.none")}>
          <p>{t("targets.none_do")}</p>
        </Empty>
      )}
      {data.unjudged.map((target) => (
        <Lost key={target.id} of={target} />
      ))}
      {sorted(data.targets).map((target) => (
        <Card key={target.id} of={target} />
      ))}
      <p>
        <a class="back" href={to("/programme")}>
          {t("firms.to_programme")}
        </a>
      </p>
      <Firms of={data} reload={reload} />
    </main>
  );
}

/** A target that cannot be judged: what is missing, and what to do. */
function Lost({ of }: { of: Unjudged }): JSX.Element {
  return (
    <article class="panel target" data-target={of.id} data-verdict="unjudged">
      <header class="target-head">
        <h2>
          {measureName(of.measure)} <span class="target-line">{of.line_name}</span>
        </h2>
      </header>
      <p class="packages-problem" role="alert">
        {of.lost.length > 0 ? t("targets.lost", { target: of.id, baselines: of.lost.join(", ") }) : of.because}
      </p>
    </article>
  );
}

function Card({ of }: { of: Target }): JSX.Element {
  const withheld = of.verdict === "insufficient_data";
  return (
    <article class="panel target" data-target={of.id} data-verdict={of.verdict} data-line={of.line}>
      <header class="target-head">
        <h2>
          {measureName(of.measure)} <span class="target-line">{of.line_name}</span>
        </h2>
        <DefinitionButton id={of.definition ?? of.measure} name={measureName(of.measure)} />
        <span class="note">{t(of.higher_is_better ? "targets.better_higher" : "targets.better_lower")}</span>
        <span class="target-verdict">
          <VerdictChip of={of} />
          <Due of={of} />
        </span>
      </header>
      <Says of={of} />
      <Axis of={of} />
      {withheld ? <Missing of={of} /> : <Four of={of} />}
      <footer class="target-foot">
        <Basis of={of} />
        <a
          class="button"
          href={to(`/targets/${of.id}`)}
          aria-label={t("targets.open_of", { name: `${measureName(of.measure)} ${of.line_name}` })}
        >
          {t("targets.open")}
        </a>
      </footer>
    </article>
  );
}

function summary(targets: readonly Target[]): string {
  const counts = new Map<Verdict, number>();
  for (const target of targets) counts.set(target.verdict, (counts.get(target.verdict) ?? 0) + 1);
  const parts = [...counts].map(([verdict, n]) => t("targets.count", { verdict: t(`verdict.${verdict}.short`), n }));
  return [t("targets.mine", { n: targets.filter(needsMe).length }), ...parts].join(" · ");
}
