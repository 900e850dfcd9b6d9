// Losses of a shift, sorted bars from zero with minutes and share as text.
import type { JSX } from "preact";
import type { Reason, ReasonLoss } from "../domain/api";
import { covered, length } from "../domain/number";
import { lossLook, ranked, reasonName } from "../domain/stops";
import { span } from "../domain/time";
import { language, t } from "../words";
import { Quiet } from "./Shared";

interface Props {
  of: readonly ReasonLoss[];
  reasons: readonly Reason[];
  known: number | null; // share of planned time that was seen
}

export function Losses({ of, reasons, known }: Props): JSX.Element {
  const rows = ranked(of);
  const most = rows[0]?.seconds ?? 1;
  if (!rows.length) return <Quiet says={t("line.no_losses")} known={known} />;
  return (
    <ol class="losses">
      {rows.map((loss) => (
        <li key={`${loss.reason}${loss.state}`} class="loss" data-reason={loss.reason ?? ""}>
          <span class="loss-name">{nameOf(loss, reasons)}</span>
          <svg class="loss-bar" aria-hidden="true">
            <rect class={`loss-fill loss-${lossLook(loss)}`} width={length(loss.seconds / most)} height="100%" />
          </svg>
          <span class="loss-time num">{span(t, loss.seconds)}</span>
          <span class="loss-share num">{covered(loss.share)}</span>
        </li>
      ))}
    </ol>
  );
}

function nameOf(loss: ReasonLoss, reasons: readonly Reason[]): string {
  if (loss.reason) return reasonName(reasons, loss.reason, language.value);
  const shown = lossLook(loss);
  return shown === "delayed" ? t("line.no_reason") : t(`state.${shown}`);
}
