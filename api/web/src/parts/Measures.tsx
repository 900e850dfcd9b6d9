// The measures of one shift, in the order in which the gateway tells them: the sector's own first. More than
// a few are looked up, not looked at: a press shows them all.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { KpiRow, KpiRows } from "../domain/api";
import { figure } from "../domain/measure";
import { t } from "../words";
import { Explained } from "./Definition";
import { Fact } from "./Fact";
import { Measure } from "./Measure";

const IN_HEAD = "defect_rate"; // stands above already
const MOST = 8;

/** The rows of the line itself that tell anything; several shifts have no figure in common. */
function only(of: KpiRows): KpiRow | null {
  const rows = of.rows.filter((row) => row.machine === null && row.shift !== null);
  return rows.length === 1 ? (rows[0] ?? null) : null;
}

export function Measures({ of }: { of: KpiRows }): JSX.Element | null {
  const [open, unfold] = useState(false);
  const row = only(of);
  if (!row) return null;
  const every = Object.entries(row.measures).filter(([name, one]) => one.value !== null && name !== IN_HEAD);
  const told = open ? every : every.slice(0, MOST);
  if (told.length === 0) return null;
  return (
    <section class="panel" data-measures>
      <header class="panel-head">
        <h2>{t("line.measures")}</h2>
      </header>
      <dl class="line-measures">
        {told.map(([name, one]) => (
          <Fact key={name} name={t(`measure.${name}`)}>
            <Explained id={one.definition} name={t(`measure.${name}`)}>
              <Measure name={name} of={one}>
                {figure(t, one.value, one.unit)}
              </Measure>
            </Explained>
          </Fact>
        ))}
      </dl>
      {every.length > MOST && (
        <button type="button" class="button" aria-expanded={open} onClick={() => unfold(!open)}>
          {t(open ? "line.less" : "line.more_measures")}
        </button>
      )}
    </section>
  );
}
