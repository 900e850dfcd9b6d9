// The newest daily root of this site: one number that covers every sample so far, to be kept by somebody else.
import type { JSX } from "preact";
import type { RootList } from "../domain/api";
import { groups } from "../domain/evidence";
import { number } from "../domain/number";
import { t } from "../words";
import { useResource } from "./resource";
import { Blocks, Trouble } from "./Shared";
import { Terms } from "./Terms";

const LIST_S = 600;
const QUIET = 4; // light dots around a picture, as readers ask for

export function Root(): JSX.Element {
  const found = useResource<RootList>("roots", () => "/evidence/roots?limit=1", LIST_S);
  const newest = found.data?.roots[0];
  return (
    <section class="panel packages" aria-labelledby="root-title" data-root={newest?.sha256}>
      <h2 class="section" id="root-title">
        {t("root.title")}
      </h2>
      <p>{t("root.says")}</p>
      {found.problem && !found.data && <Trouble problem={found.problem} again={found.reload} />}
      {!found.data && !found.problem && <Blocks rows={1} />}
      {found.data && !newest && <p class="note">{t("root.none")}</p>}
      {newest && (
        <div class="root">
          {found.data?.picture && <Picture of={found.data.picture} />}
          <Terms
            of={[
              [t("root.day"), newest.day],
              [t("root.number"), groups(newest.sha256)],
              [t("root.covers"), t("root.rows", { rows: number(newest.rows), signals: number(newest.signals) })],
              [t("evidence.key"), newest.key],
            ]}
          />
        </div>
      )}
      {newest && <p class="note">{t("root.keep")}</p>}
    </section>
  );
}

/** A QR code, a path of dark squares, that any reader takes. */
function Picture({ of }: { of: string[] }): JSX.Element {
  const side = of.length + 2 * QUIET;
  const dark = of.flatMap((row, y) =>
    [...row].flatMap((dot, x) => (dot === "1" ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])),
  );
  return (
    <svg class="root-picture" viewBox={`0 0 ${side} ${side}`} role="img" aria-label={t("root.picture")}>
      <rect class="root-paper" width={side} height={side} />
      <path class="root-print" d={dark.join("")} />
    </svg>
  );
}
