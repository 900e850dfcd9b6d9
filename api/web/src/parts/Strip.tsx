// The shift strip: one row per machine, state by colour, height and hatch; its table twin below.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { MachineNow, StateList } from "../domain/api";
import { length } from "../domain/number";
import { type Block, blocks, place, ticks } from "../domain/strip";
import { type Look, stale } from "../domain/state";
import { clock, elapsed, instant } from "../domain/time";
import { t } from "../words";
import { Shape } from "./Shape";

const ORDER: readonly Look[] = ["producing", "slow", "delayed", "waiting", "setup", "idle", "planned_down", "unknown"];
const RARE: ReadonlySet<Look> = new Set(["slow", "idle"]); // named where they occur; the others always, so that nothing moves

export interface Props {
  of: StateList;
  from: string;
  to: string;
  now: string | null;
  machines: readonly MachineNow[];
}

export function Strip({ of, from, to, now, machines }: Props): JSX.Element {
  const [asTable, put] = useState(false);
  const rows = of.machines.map((machine) => ({ ...machine, blocks: blocks(machine.spans, from, to) }));
  const seen = new Set(rows.flatMap((row) => row.blocks.map((block) => block.look)));
  const at = place(now, from, to);
  const silent = new Set(machines.filter(stale).map((machine) => machine.id));
  return (
    <div class="strip" data-from={from} data-to={to}>
      <div class="strip-rows" hidden={asTable}>
        <div class="strip-axis" aria-hidden="true">
          {ticks(from, to).map((tick) => (
            <span key={tick.label + tick.x} class="strip-tick num" style={{ left: length(tick.x) }}>
              {tick.label}
            </span>
          ))}
        </div>
        {rows.map((row) => (
          <div key={row.id} class="strip-row" data-machine={row.id}>
            <span class={silent.has(row.id) ? "strip-name strip-stale" : "strip-name"}>{row.name}</span>
            <svg class="strip-line" role="img" aria-label={t("line.strip_of", { machine: row.name, from: clock(from), to: clock(to) })}>
              <rect class="strip-ground" y="0" width="100%" height="100%" />
              {row.blocks.map((block) => (
                <Piece key={block.from} of={block} />
              ))}
              {at !== null && <line class="strip-now" x1={length(at)} x2={length(at)} y2="100%" />}
            </svg>
          </div>
        ))}
      </div>
      {asTable && <Twin rows={rows} />}
      <div class="strip-foot">
        <ul class="strip-key">
          {ORDER.filter((look) => seen.has(look) || !RARE.has(look)).map((look) => (
            <li key={look}>
              <svg class="strip-sample" aria-hidden="true">
                <Piece of={{ look, x: 0, width: 1 }} />
              </svg>
              <Shape of={look} /> {t(`state.${look}`)}
            </li>
          ))}
        </ul>
        <button type="button" class="button quiet" aria-pressed={asTable} onClick={() => put(!asTable)}>
          {t(asTable ? "chart.picture" : "chart.table")}
        </button>
      </div>
    </div>
  );
}

/** One block; yellow ones have an ink cap, which stays visible where a block is a pixel wide. */
function Piece({ of }: { of: Pick<Block, "look" | "x" | "width"> }): JSX.Element {
  const [x, width] = [length(of.x), length(of.width)];
  const piece = <rect class={`piece piece-${of.look}`} x={x} width={width} />;
  if (of.look !== "slow" && of.look !== "waiting") return piece;
  return (
    <>
      {piece}
      <rect class={`piece cap-${of.look}`} x={x} width={width} />
    </>
  );
}

function Twin({ rows }: { rows: { id: string; name: string; blocks: Block[] }[] }): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t("line.strip")}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{t("line.machine")}</th>
            <th scope="col">{t("line.state")}</th>
            <th scope="col" class="right">{t("line.from")}</th>
            <th scope="col" class="right">{t("line.to")}</th>
            <th scope="col" class="right">{t("line.length")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.flatMap((row) =>
            row.blocks.map((block) => (
              <tr key={row.id + block.from}>
                <td>{row.name}</td>
                <td>{t(`state.${block.look}`)}</td>
                <td class="right num">{clock(block.from)}</td>
                <td class="right num">{clock(block.to)}</td>
                <td class="right num">{elapsed(t, instant(block.to) - instant(block.from))}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </div>
  );
}
