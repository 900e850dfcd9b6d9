// Other firms: importing a package of theirs, whose key is believed since when, their targets, and all together.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Across, Brought, FirmTarget, TargetList } from "../domain/api";
import { isKey, MOST_MEGABYTES, short } from "../domain/evidence";
import { figure } from "../domain/measure";
import { signedPercent } from "../domain/number";
import { date, moment } from "../domain/time";
import { ask } from "../live/ask";
import { measureName, t } from "../words";
import { Axis } from "./Axis";
import { useBringing } from "./bringing";
import { FileChoice } from "./FileChoice";
import { Basis, Four, Missing, Says, VerdictChip } from "./Proof";
import { Mark } from "./Shape";

export function Firms({ of, reload }: { of: TargetList; reload: () => void }): JSX.Element {
  return (
    <section class="firms" aria-labelledby="firms-title">
      <h2 class="section" id="firms-title">
        {t("firms.title")}
      </h2>
      {of.across.map((one) => (
        <Together key={one.definition + one.unit} of={one} />
      ))}
      {of.imported.map((one) => (
        <Imported key={`${one.firm.site}/${one.id}`} of={one} />
      ))}
      <Bring done={reload} />
      {of.firms.length > 0 && <Keys of={of} />}
    </section>
  );
}

function Bring({ done }: { done: () => void }): JSX.Element {
  const [typed, type] = useState("");
  const key = typed.trim();
  const odd = key !== "" && !isKey(key);
  const { file, long, busy, found, problem, choose, send } = useBringing(async (package_: File) => {
    const brought = await sent(package_, key);
    done();
    return brought;
  });
  return (
    <div class="panel packages firms-bring">
      <p>{t("firms.says")}</p>
      <FileChoice id="firm-package" label={t("firms.file")} accept=".zip,application/zip" file={file} choose={choose} busy={busy} />
      <div class="verify-choice">
        <label for="firm-key">{t("firms.key")}</label>
        <input
          id="firm-key"
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={typed}
          aria-invalid={odd}
          aria-describedby="firm-key-says"
          disabled={busy}
          onInput={(event) => type(event.currentTarget.value)}
        />
        <p class="note" id="firm-key-says">
          {t(odd ? "firms.key_odd" : "firms.key_says")}
        </p>
        <button type="button" class="button" onClick={send} disabled={!file || long || odd || busy}>
          {t("firms.bring")}
        </button>
      </div>
      <div role="status">
        {busy && <p>{t("verify.busy")}</p>}
        {long && <p>{t("verify.too_long", { size: MOST_MEGABYTES })}</p>}
        {found && <Done of={found} noted={key !== ""} />}
      </div>
      {problem && (
        <div class="packages-outcome packages-wrong" role="alert">
          <p>
            <Mark of="failed" /> {t("firms.refused")}
          </p>
          <p class="packages-problem">{problem.fault.detail || t("problem.network")}</p>
        </div>
      )}
    </div>
  );
}

function Done({ of, noted }: { of: Brought; noted: boolean }): JSX.Element {
  const name = `${of.site_name} ${of.target}`;
  return (
    <div class="packages-outcome" data-imported={of.manifest}>
      <p>
        <Mark of="passed" /> {t(of.new ? "firms.done" : "firms.known", { name })}
      </p>
      {of.first_use && !noted && <p class="packages-key">{t("firms.first_use", { key: of.key })}</p>}
    </div>
  );
}

function sent(file: File, key: string): Promise<Brought> {
  const headers = { "content-type": "application/zip", accept: "application/json" };
  return ask<Brought>(`/evidence/import${key && `?${new URLSearchParams({ key })}`}`, { method: "POST", headers, body: file });
}

/** All firms together: rule and n stand with the headline, the other figures under their own names. */
export function Together({ of }: { of: Across }): JSX.Element {
  return (
    <article class="panel across" data-across={of.measure} data-rule={of.rule ?? ""} data-firms={of.firms}>
      <h3 class="smaller">
        {t("firms.across")}: {measureName(of.measure)}
      </h3>
      {of.rule === null ? <p>{t("firms.none_counted")}</p> : <Reached of={of} rule={of.rule} />}
      {of.of.length > 0 && <Each of={of} />}
      {of.left_out.length > 0 && (
        <>
          <p class="note">{t("firms.left")}</p>
          <ul class="across-left">
            {of.left_out.map((one) => (
              <li key={`${one.site}/${one.target}`}>
                {one.site_name} {one.line_name}: {t(`firms.left_out.${one.reason}`)}
              </li>
            ))}
          </ul>
        </>
      )}
    </article>
  );
}

function Reached({ of, rule }: { of: Across; rule: string }): JSX.Element {
  const { pooled } = of;
  return (
    <>
      <p class="across-headline num" data-headline={of.headline ?? ""}>
        <strong>{signedPercent(of.headline)}</strong> {t(`firms.rule.${rule}`)} · {t("firms.n", { n: of.firms })}
        {of.before !== null && ` · ${t("firms.sums", { before: figure(t, of.before, of.unit), after: figure(t, of.after, of.unit) })}`}
      </p>
      <p class="note">{t(`firms.rule.${rule}.says`)}</p>
      <dl class="four">
        <Named name={t("firms.median")}>{signedPercent(of.median)}</Named>
        <Named name={t("firms.range")}>
          {signedPercent(of.lowest)} … {signedPercent(of.highest)}
        </Named>
        {rule === "ratio_of_sums" && (
          <Named name={t("firms.rule.weighted_geometric_mean")}>{signedPercent(of.weighted_geometric_mean)}</Named>
        )}
        {pooled && (
          <Named name={t("firms.rule.hartung_knapp")}>
            {signedPercent(pooled.value)}{" "}
            <span class="four-note">
              ({signedPercent(pooled.low)} … {signedPercent(pooled.high)}) {t("firms.n", { n: pooled.firms })}
            </span>
          </Named>
        )}
      </dl>
      {pooled && <p class="note">{t("firms.rule.hartung_knapp.says")}</p>}
    </>
  );
}

function Named({ name, children }: { name: string; children: (JSX.Element | string)[] | string }): JSX.Element {
  return (
    <div class="four-one">
      <dt>{name}</dt>
      <dd class="num">{children}</dd>
    </div>
  );
}

function Each({ of }: { of: Across }): JSX.Element {
  const heads = ["before", "after", "improved"];
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t("firms.across")}>
      <table class="table stacked">
        <thead>
          <tr>
            <th scope="col">{t("firms.of")}</th>
            {heads.map((head) => (
              <th key={head} scope="col" class="right">
                {t(`firms.${head}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.of.map((one) => (
            <tr key={one.site} data-site={one.site}>
              <th scope="row">{one.site_name}</th>
              <td class="right num" data-label={t("firms.before")}>
                {figure(t, one.before, of.unit)}
              </td>
              <td class="right num" data-label={t("firms.after")}>
                {figure(t, one.after, of.unit)}
              </td>
              <td class="right num" data-label={t("firms.improved")}>
                {signedPercent(one.improvement_rate)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Imported({ of }: { of: FirmTarget }): JSX.Element {
  const withheld = of.verdict === "insufficient_data";
  return (
    <article class="panel target" data-target={of.id} data-firm={of.firm.site} data-verdict={of.verdict}>
      <header class="target-head">
        <h3>
          {of.firm.site_name}: {measureName(of.measure)} <span class="target-line">{of.line_name}</span>
        </h3>
        <span class="note">{t(of.higher_is_better ? "targets.better_higher" : "targets.better_lower")}</span>
        <span class="target-verdict">
          <VerdictChip of={of} />
        </span>
      </header>
      <Says of={of} />
      <Axis of={of} />
      {withheld ? <Missing of={of} /> : <Four of={of} />}
      <footer class="target-foot">
        <Basis of={of} />
        <p class="note num" title={of.firm.manifest}>
          {t("firms.state_of", { day: date(of.firm.as_of), hash: short(of.firm.manifest) })}
        </p>
      </footer>
    </article>
  );
}

function Keys({ of }: { of: TargetList }): JSX.Element {
  return (
    <div class="panel">
      <h3 class="smaller">{t("firms.keys")}</h3>
      <div class="scroll" tabIndex={0} role="group" aria-label={t("firms.keys")}>
        <table class="table stacked">
          <thead>
            <tr>
              <th scope="col">{t("firms.of")}</th>
              <th scope="col">{t("firms.key_of")}</th>
              <th scope="col">{t("firms.since")}</th>
              <th scope="col" class="right">
                {t("firms.packages")}
              </th>
            </tr>
          </thead>
          <tbody>
            {of.firms.map((one) => (
              <tr key={one.site} data-firm={one.site}>
                <th scope="row">
                  {one.site_name} <span class="note">{one.site}</span>
                </th>
                <td class="num packages-key" data-label={t("firms.key_of")}>
                  {one.key}
                </td>
                <td class="num" data-label={t("firms.since")}>
                  {moment(t, one.key_since)}
                </td>
                <td class="right num" data-label={t("firms.packages")}>
                  {one.packages}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
