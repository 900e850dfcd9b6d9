// Whether a frozen baseline is still what the stored samples give, and what changed around it.
import type { JSX } from "preact";
import type { Explanation } from "../domain/api";
import { hasText, t } from "../words";
import { Mark } from "./Shape";

export function Recomputed({ of }: { of: Explanation }): JSX.Element {
  const changed = [...new Set(of.lines.flatMap((line) => line.tables_changed))];
  const other = of.lines.some((line) => line.baseline.restated);
  return (
    <div class="recomputed" data-restated={other} data-changed={changed.join(" ")}>
      <p>
        <Mark of={other ? "failed" : "passed"} /> {t("targets.recomputed")}:{" "}
        {t(other ? "targets.recomputed_other" : "targets.recomputed_same")}
      </p>
      {changed.length > 0 && <p>{t("targets.tables_changed", { names: changed.map(tableName).join(", ") })}</p>}
    </div>
  );
}

function tableName(name: string): string {
  return hasText(`tables.${name}`) ? t(`tables.${name}`) : name;
}
