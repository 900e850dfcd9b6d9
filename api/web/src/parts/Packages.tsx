// The evidence packages of a target: making one, those that were made, and what their signature proves.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { to } from "../address";
import type { Job, Package, PackageList } from "../domain/api";
import { command, isGoing, newest, short, size } from "../domain/evidence";
import { percent } from "../domain/number";
import { moment } from "../domain/time";
import { ask, Problem } from "../live/ask";
import { link } from "../live/store";
import { t } from "../words";
import { useResource } from "./resource";
import { Mark } from "./Shape";
import { Blocks, Trouble } from "./Shared";
import { Terms } from "./Terms";

const LOOK_S = 2; // at a job that is at work
const LIST_S = 60;

export function Packages({ target }: { target: string }): JSX.Element {
  const list = useResource<PackageList>("evidence", () => "/evidence", LIST_S);
  const [mine, follow] = useState<Job | null>(null);
  const [refused, refuse] = useState<Problem | null>(null);
  const known = newest([...(list.data?.jobs ?? []), mine], target);
  const going = isGoing(known) ? (known?.id ?? null) : null;
  const seen = useResource<Job>(going, () => `/jobs/${going}`, LOOK_S);
  const job = newest([known, seen.data], target);
  const lost = seen.problem?.fault.status === 404;

  useEffect(() => {
    if (going === null || (isGoing(job) && !lost)) return;
    follow(job && lost ? { ...job, state: "lost" } : job);
    list.reload();
  }, [going, job?.state, lost]);

  const make = (): void => {
    refuse(null);
    void asked(target).then(follow, (problem: unknown) => {
      if (!(problem instanceof Problem)) throw problem;
      refuse(problem);
    });
  };
  const packages = list.data?.packages.filter((one) => one.target === target) ?? [];
  return (
    <section class="panel packages" aria-labelledby="packages-title" data-job={job?.state}>
      <h2 class="section" id="packages-title">
        {t("evidence.title")}
      </h2>
      <p>{t("evidence.says")}</p>
      <p class="packages-do">
        <button type="button" class="button" onClick={make} disabled={isGoing(job) || link.value === "lost"}>
          {t("evidence.make")}
        </button>
        {isGoing(job) && job && <Progress of={job} />}
      </p>
      <Outcome of={job} />
      {refused && <Trouble problem={refused} again={make} />}
      {list.problem && !list.data && <Trouble problem={list.problem} again={list.reload} />}
      {!list.data && !list.problem && <Blocks rows={1} />}
      {list.data && packages.length === 0 && <p class="note">{t("evidence.none")}</p>}
      {packages.length > 0 && <Made of={packages} />}
      <Meaning />
      {packages[0] && <Stranger of={packages[0]} />}
    </section>
  );
}

function asked(target: string): Promise<Job> {
  return ask<Job>("/evidence", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ target }),
  });
}

function Progress({ of }: { of: Job }): JSX.Element {
  return (
    <span class="packages-progress">
      <progress max={1} value={of.share} aria-label={t("evidence.making")} />
      <span class="num">{percent(of.share, 0)}</span>
    </span>
  );
}

/** What became of the last job; said once, politely, to whoever listens. */
function Outcome({ of }: { of: Job | null }): JSX.Element {
  const wrong = of?.state === "failed" || of?.state === "lost";
  return (
    <div class={wrong ? "packages-outcome packages-wrong" : "packages-outcome"} role="status">
      {of && (
        <p>
          {!isGoing(of) && <Mark of={wrong ? "failed" : "passed"} />} {t(`evidence.${of.state}`)}
        </p>
      )}
      {of?.state === "failed" && (
        <>
          <p class="packages-problem">{of.problem}</p>
          <p>{t("evidence.failed_do")}</p>
        </>
      )}
    </div>
  );
}

function Made({ of }: { of: readonly Package[] }): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t("evidence.list")}>
      <table class="table stacked packages-list">
        <thead>
          <tr>
            <th scope="col">{t("evidence.state_of")}</th>
            <th scope="col" class="right">
              {t("evidence.size")}
            </th>
            <th scope="col">{t("evidence.manifest")}</th>
            <th scope="col">{t("evidence.key")}</th>
            <th scope="col">{t("evidence.file")}</th>
          </tr>
        </thead>
        <tbody>
          {of.map((one) => (
            <tr key={one.manifest} data-manifest={one.manifest}>
              <th scope="row" class="num">
                {moment(t, one.as_of)}
                {one.restated_since && (
                  <p class="packages-restated">
                    {t("evidence.restated", { time: moment(t, one.restated_since) })}
                  </p>
                )}
              </th>
              <td class="right num" data-label={t("evidence.size")}>
                {size(t, one.size)}
              </td>
              <td class="num" data-label={t("evidence.manifest")} title={one.manifest}>
                {short(one.manifest)}
              </td>
              <td class="num packages-key" data-label={t("evidence.key")}>
                {one.key}
              </td>
              <td data-label={t("evidence.file")}>
                <a
                  class="button"
                  href={`/api/v1/evidence/${one.manifest}/file`}
                  download={one.file}
                  aria-label={t("evidence.download_of", { file: one.file })}
                >
                  {t("evidence.download")}
                </a>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Meaning(): JSX.Element {
  return <Terms of={["proves", "proves_not"].map((name) => [t(`evidence.${name}`), t(`evidence.${name}_says`)])} />;
}

function Stranger({ of }: { of: Package }): JSX.Element {
  return (
    <>
      <h3 class="smaller">{t("evidence.stranger")}</h3>
      <p>
        <code class="packages-command">{command(of)}</code>
      </p>
      <p>
        <a class="back" href={to("/verify")}>
          {t("evidence.to_verify")}
        </a>
      </p>
      <p class="note packages-hash">{t("evidence.whole_hash", { hash: of.manifest })}</p>
    </>
  );
}
