// Indicators as the programme's forms have them, each with its basis of calculation; and the files of them.
import type { JSX } from "preact";
import { to } from "../address";
import type { Indicator, Programme } from "../domain/api";
import { figure } from "../domain/measure";
import { percent, signedPercent } from "../domain/number";
import { Dated } from "../parts/Dated";
import { Together } from "../parts/Firms";
import { useResource } from "../parts/resource";
import { Awaited, Empty } from "../parts/Shared";
import "../style/targets.css";
import { language, t } from "../words";

const FILES = ["xlsx", "csv"];

export function ProgrammePage(_: { id: string }): JSX.Element {
  const lang = language.value;
  const { data, problem, reload } = useResource<Programme>(`programme ${lang}`, () => `/programme?lang=${lang}`, 60);
  if (!data) return <Awaited problem={problem} again={reload} />;
  return (
    <main class="page targets" id="main">
      <p>
        <a class="back" href={to("/targets")}>
          {t("targets.all")}
        </a>
      </p>
      <header class="page-head">
        <h1>{t("programme.title")}</h1>
      </header>
      <section class="panel packages">
        <p>{t("programme.says")}</p>
        {data.rows.length > 0 && (
          <p class="packages-do">
            {FILES.map((form) => (
              <a key={form} class="button" href={`/api/v1/programme/file?format=${form}&lang=${lang}`} download={`programme.${form}`}>
                {t(`programme.${form}`)}
              </a>
            ))}
          </p>
        )}
        {data.missing.length > 0 && <p class="note">{t("programme.missing", { names: data.missing.join(", ") })}</p>}
      </section>
      {data.rows.length === 0 && <Empty says={t("programme.none")} />}
      {data.rows.map((row) => (
        <Row key={`${row.firm}/${row.line}/${row.measure}/${row.basis}`} of={row} />
      ))}
      {data.across.map((one) => (
        <Together key={one.definition + one.unit} of={one} />
      ))}
    </main>
  );
}

function Row({ of }: { of: Indicator }): JSX.Element {
  const reference = of.verdict === "insufficient_data";
  const figures: [string, string][] = [
    ["before", figure(t, of.before, of.unit)],
    ["target", figure(t, of.target, of.unit)],
    ["after", figure(t, of.after, of.unit)],
    [of.direction, signedPercent(of.rate)],
    ["coverage", percent(of.coverage, 0)],
  ];
  return (
    <article class="panel indicator" data-family={of.family} data-indicator={of.measure} data-package={of.package ?? ""}>
      <header class="target-head">
        <h2>
          {of.indicator}{" "}
          <span class="target-line">
            {of.firm} · {of.line}
          </span>
        </h2>
        <span class="note">{t(`programme.family.${of.family}`)}</span>
        <span class="target-verdict">
          {t(`verdict.${of.verdict}`)}
          {reference && <span class="reference">{t("programme.reference")}</span>}
        </span>
      </header>
      <dl class="four" data-reference={reference}>
        {figures.map(([name, printed]) => (
          <div key={name} class="four-one">
            <dt>{t(`programme.${name}`)}</dt>
            <dd class="num">{printed}</dd>
          </div>
        ))}
      </dl>
      <h3 class="smaller">{t("programme.basis")}</h3>
      <p class="num indicator-basis">
        <Dated text={of.basis} />
      </p>
    </article>
  );
}
