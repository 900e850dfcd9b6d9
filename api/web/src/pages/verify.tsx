// Checks a package that somebody brings: its form, hashes and signature, and every figure computed anew.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Verification } from "../domain/api";
import { isRoot, MOST_MEGABYTES } from "../domain/evidence";
import { moment } from "../domain/time";
import { ask } from "../live/ask";
import { useBringing } from "../parts/bringing";
import { FileChoice } from "../parts/FileChoice";
import { Root } from "../parts/Root";
import { Mark, type Sign } from "../parts/Shape";
import { Trouble } from "../parts/Shared";
import { Terms } from "../parts/Terms";
import "../style/targets.css";
import { hasText, t } from "../words";

export function VerifyPage(_: { id: string }): JSX.Element {
  const [typed, type] = useState("");
  const kept = typed.trim();
  const root = kept.startsWith("lineproof") ? kept : kept.replace(/\s/g, ""); // a number may come in groups
  const odd = root !== "" && !isRoot(root);
  const { file, long, busy, found, problem, choose, forget, send } = useBringing((package_: File) => verdict(package_, root));
  return (
    <main class="page targets" id="main">
      <header class="page-head">
        <h1>{t("page.verify")}</h1>
      </header>
      <section class="panel packages" data-verified={found?.verified}>
        <p>{t("verify.says")}</p>
        <FileChoice id="package" label={t("verify.file")} accept=".zip,application/zip" file={file} choose={choose} busy={busy} />
        <div class="verify-choice">
          <label for="kept">{t("verify.root")}</label>
          <input
            id="kept"
            type="text"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            aria-invalid={odd}
            aria-describedby="kept-says"
            disabled={busy}
            onInput={(event) => {
              type(event.currentTarget.value);
              forget();
            }}
          />
          <p class="note" id="kept-says">
            {t(odd ? "verify.root_odd" : "verify.root_says")}
          </p>
          <button type="button" class="button" onClick={send} disabled={!file || long || odd || busy}>
            {t("verify.check")}
          </button>
        </div>
        <p class="note">{t("verify.not_kept")}</p>
        <div role="status">
          {busy && <p>{t("verify.busy")}</p>}
          {long && <p>{t("verify.too_long", { size: MOST_MEGABYTES })}</p>}
          {found && <Verdict of={found} />}
        </div>
        {problem && <Trouble problem={problem} again={send} />}
        {found && <Checks of={found} />}
      </section>
      <Root />
    </main>
  );
}

function verdict(file: File, root: string): Promise<Verification> {
  const headers = { "content-type": "application/zip", accept: "application/json" };
  return ask<Verification>(`/evidence/verify${root && `?${new URLSearchParams({ root })}`}`, { method: "POST", headers, body: file });
}

/** Verified or not, the first thing that differs, whose file it says it is, and who signed it. */
function Verdict({ of }: { of: Verification }): JSX.Element {
  const rows: [string, string | null][] = [
    ["site", of.site_name],
    ["target", of.target],
    ["state_of", of.as_of && moment(t, of.as_of)],
    ["manifest", of.manifest],
    ["key", of.key],
  ];
  return (
    <div class={of.verified ? "packages-outcome" : "packages-outcome packages-wrong"}>
      <h2 class="section">
        <Mark of={of.verified ? "passed" : "failed"} /> {t(of.verified ? "verify.verified" : "verify.differs")}
      </h2>
      {of.faults[0] !== undefined && (
        <p class="packages-problem">
          {t("verify.first")}: {of.faults[0]}
        </p>
      )}
      {of.key !== null && <p>{t(of.own_key ? "verify.own_key" : "verify.other_key")}</p>}
      <Terms of={rows.map(([name, value]) => [t(`evidence.${name}`), value])} />
    </div>
  );
}

function Checks({ of }: { of: Verification }): JSX.Element {
  return (
    <>
      <h3 class="smaller">{t("verify.checks")}</h3>
      <ul class="gates">
        {of.checks.map((one) => {
          const sign: Sign = one.passed === null ? "unchecked" : one.passed ? "passed" : "failed";
          return (
            <li key={one.code} class={`gate gate-${sign}`} data-check={one.code} data-passed={String(one.passed)}>
              <Mark of={sign} />
              <span class="gate-name">{hasText(`check.${one.code}`) ? t(`check.${one.code}`) : one.code}</span>
              <span class="gate-seen">{t(`verify.${sign}`)}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
