"""The shift fold as a pandas program: what a machine did and made in each shift of a day.

It follows the rules of the element table, all that a day of these machines meets: states that turn
unknown with the last proof of life, runs too short to count, gaps between pieces as micro-stops and
stops, counters that roll over, are reset, slip for one reading or jump, bad samples, breaks, and
increments across a shift's end. It keeps no bounds, no revisions and no anchors, makes no rows by
quarter of an hour or product, and knows neither late data nor what people say.
"""

from functools import partial
from math import inf
from pathlib import Path

import numpy as np
import pandas as pd

from edge.engine.machine.calendars import Calendar, Hours
from edge.engine.machine.counting import limits
from edge.model import DAY_NS, I64, SECOND_NS
from edge.site import Line, Machine, Site
from tests.bench import dense

COLUMNS = ["signal", "source_ns", "value", "status"]
COUNTS = ("good", "scrap", "rework")
READ = (*COUNTS, "energy", "state", "product")
CODES = {1.0: "apt_ns", 2.0: "adet_ns", 3.0: "aust_ns", 4.0: "adot_ns"}  # of state samples
UNKNOWN, PRODUCING, DELAYED = 0.0, 1.0, 2.0
STALE_NS, DEBOUNCE_NS, STOP_NS, SPLIT_NS = (n * SECOND_NS for n in (30, 1, 300, 60))
MICRO_FLOOR_NS = 3 * SECOND_NS
Rows = dict[str, pd.DataFrame]  # by path: t, value, ok


def table(data: Path, site: Site) -> pd.DataFrame:
    """Planned time, its partition, micro-stops, stops, pieces and energy by machine and shift."""
    (line,) = site.lines
    hours = Calendar(site, line).hours(dense.START_NS, dense.START_NS + DAY_NS)
    rows = samples(data, line)
    products = rows[line.machines[0].signals["product"].path]
    products = products.assign(value=products.value.where(products.ok, UNKNOWN))
    products = products[products.value != products.value.shift()]
    parts = {each.id: of_machine(each, rows, products, hours) for each in line.machines}
    return pd.concat(parts, names=["machine", "shift"])


def samples(data: Path, line: Line) -> Rows:
    """The samples of the signals that are needed, each instant once, the last committed one."""
    paths = [s.path for m in line.machines for s in m.signals.values() if s.name in READ]
    files = sorted((data / "archive").glob("*/*.parquet"))
    every = pd.read_parquet(
        files, columns=COLUMNS, filters=[("signal", "in", paths)], read_dictionary=["signal"]
    )
    every = every.sort_values(["signal", "source_ns"], kind="stable")
    every = every.rename(columns={"source_ns": "t"})
    every["ok"] = (every.status.to_numpy() >> 30 == 0) & every.value.notna()
    groups = every.groupby("signal", observed=True)
    return {str(path): own.drop_duplicates("t", keep="last") for path, own in groups}


def of_machine(machine: Machine, rows: Rows, products: pd.DataFrame, hours: Hours) -> pd.DataFrame:
    """The shifts of one machine."""
    own = {name: rows[machine.signals[name].path] for name in READ if name in machine.signals}
    proofs = pd.concat([each.t for each in own.values()]).drop_duplicates().sort_values()
    first_ns, last_ns = int(proofs.iloc[0]), int(proofs.iloc[-1])
    told = states(own["state"], proofs, last_ns)
    steps = {
        name: increments(own[name], *limits(machine, machine.signals[name]))
        for name in (*COUNTS, "energy")
    }
    pieces = pd.concat([steps[name] for name in COUNTS])
    lost = gaps(told, products, pieces, dense.cycle_s(int(machine.id[-1])))
    told = with_stops(told, lost[lost.stop])
    planned = planned_of(hours, first_ns, last_ns)
    producing = told[told.code == PRODUCING]
    found = times(told, lost[~lost.stop], planned)
    for name, column in (("good", "gq"), ("scrap", "sq"), ("rework", "rq")):
        found[column] = by_shift(steps[name], hours, producing)
    found["energy_kwh"] = by_shift(steps["energy"], hours, None)
    return found


def planned_of(hours: Hours, first_ns: int, last_ns: int) -> pd.DataFrame:
    """Planned time while the machine lived, with the shift that each piece of it is of."""
    t0 = pd.Series(hours.planned_t0_ns)
    nth = np.searchsorted(hours.shift_t0_ns, t0, "right") - 1
    shift = np.array(hours.shift_id)[nth]
    found = pd.DataFrame({"t0": t0, "t1": hours.planned_t1_ns, "shift": shift})
    found[["t0", "t1"]] = found[["t0", "t1"]].clip(first_ns, last_ns)
    return found[found.t1 > found.t0]


def states(rows: pd.DataFrame, proofs: pd.Series, end_ns: int) -> pd.DataFrame:
    """What the machine did: runs of one state, unknown from the last proof of life on."""
    code = rows.value.where(rows.ok & rows.value.isin(list(CODES)), UNKNOWN)
    silent = proofs[proofs.shift(-1, fill_value=end_ns) - proofs > STALE_NS]
    told = pd.concat(
        [
            pd.DataFrame({"t0": proofs.iloc[:1], "code": UNKNOWN}),  # before the first sample
            pd.DataFrame({"t0": rows.t, "code": code}),
            pd.DataFrame({"t0": silent, "code": UNKNOWN}),
        ]
    )
    told = told.sort_values("t0", kind="stable").drop_duplicates("t0", keep="last")
    told = changes(told)
    is_long = told.t0.shift(-1, fill_value=end_ns + DEBOUNCE_NS) - told.t0 >= DEBOUNCE_NS
    stands = is_long | (told.code == UNKNOWN) | (told.code.shift() == UNKNOWN)
    return ended(changes(told.assign(code=told.code.where(stands).ffill())), end_ns)


def changes(told: pd.DataFrame) -> pd.DataFrame:
    """The rows at which the state changes."""
    return told[told.code != told.code.shift()]


def ended(told: pd.DataFrame, end_ns: int) -> pd.DataFrame:
    """Runs with their ends."""
    return told.assign(t1=told.t0.shift(-1, fill_value=end_ns)).query("t1 > t0")


def increments(rows: pd.DataFrame, rate: float, modulus: int | None) -> pd.DataFrame:
    """What a counter counted between readings; NaN where nobody can know."""
    usable = rows[rows.ok & (rows.value >= 0) & (rows.value < (modulus or inf))]
    while True:
        since = usable.t.shift(fill_value=usable.t.iloc[0])
        steps = pd.DataFrame({"since": since, "t": usable.t, "made": usable.value.diff()})
        gap = usable.t - since
        odd = (steps.made < 0) | (steps.made > cap(rate, gap))
        if modulus:
            odd |= rate * gap / SECOND_NS > modulus
        if not odd.any():
            return steps.iloc[1:]
        count, wrong = judged(usable, np.flatnonzero(odd), rate, modulus)
        if not wrong.any():
            steps.loc[odd, "made"] = count
            return steps.iloc[1:]
        usable = usable.drop(usable.index[odd][wrong])


def cap(rate: float, gap_ns: pd.Series) -> pd.Series:
    """Most counts in some time."""
    return np.ceil(11 * rate * gap_ns / (10 * SECOND_NS) * (1 - 1e-13)) + 1


def judged(
    usable: pd.DataFrame, odd: I64, rate: float, modulus: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Of readings that fell or jumped what they count, and which of them are wrong ones."""
    at = pd.DataFrame({"t": usable.t.to_numpy(), "value": usable.value.to_numpy()})
    last, here, after = (at.reindex(odd + n).reset_index(drop=True) for n in (-1, 0, 1))
    most = partial(cap, rate)
    delta, allowed = here.value - last.value, most(here.t - last.t)
    rise = after.value - last.value
    returns = (rise >= 0) & (rise <= most(after.t - last.t))
    fell, jumped = delta < 0, delta > allowed
    glitch = fell & returns & (after.value - here.value > most(after.t - here.t))
    count = pd.Series(np.nan, here.index)
    rolled = pd.Series(False, here.index)  # noqa: FBT003 - what every row holds
    spike = jumped & returns
    if modulus:
        wraps = rate * (here.t - last.t) / SECOND_NS > modulus
        rolled = fell & ~glitch & (last.value > modulus / 2) & (delta % modulus <= allowed)
        rolled &= ~wraps
        spike |= jumped & (rise % modulus <= most(after.t - last.t))
        count[rolled] = (delta % modulus)[rolled]
    reset = fell & ~glitch & ~rolled & (here.value <= allowed)
    glitch |= fell & ~rolled & ~reset & returns
    count[reset] = here.value[reset]
    return count.to_numpy(), (glitch | spike).to_numpy()


def gaps(
    told: pd.DataFrame, products: pd.DataFrame, pieces: pd.DataFrame, cycle_s: float
) -> pd.DataFrame:
    """Micro-stops and stops: longer time without a piece inside a run of one product."""
    runs = told.loc[told.code == PRODUCING, ["t0", "t1"]]
    place = np.searchsorted(runs.t0, products.t, "left") - 1
    inside = (place >= 0) & (products.t.to_numpy() < runs.t1.to_numpy()[place])
    cuts = products.t[inside]
    runs = pd.DataFrame(
        {
            "t0": pd.concat([runs.t0, cuts]).sort_values().to_numpy(),
            "t1": pd.concat([runs.t1, cuts]).sort_values().to_numpy(),
        }
    )
    runs = pd.merge_asof(runs, products[["t", "value"]], left_on="t0", right_on="t")
    ideal = int(cycle_s * SECOND_NS)
    micro = max(2 * ideal, MICRO_FLOOR_NS)
    edges = pd.concat([runs.t0, runs.t1])
    covered = pd.concat([covers(pieces, micro), pd.DataFrame({"begin": edges, "end": edges})])
    covered = covered.sort_values("begin", kind="stable").reset_index(drop=True)
    following = covered.begin.shift(-1, fill_value=0)
    between = pd.DataFrame({"t0": covered.end.cummax(), "t1": following}).iloc[:-1]
    between = between[between.t1 - between.t0 > min(micro, STOP_NS)]
    run = np.searchsorted(runs.t0, between.t0, "right") - 1
    known = runs.value.gt(0).to_numpy()[run] & (run >= 0)
    between = between[known & (between.t0.to_numpy() < runs.t1.to_numpy()[run])]
    is_stop = between.t1 - between.t0 > STOP_NS
    return pd.DataFrame({"t0": between.t0 + ideal, "t1": between.t1, "stop": is_stop})


def covers(pieces: pd.DataFrame, micro: int) -> pd.DataFrame:
    """The time that increments cover; pieces far from each other stand alone."""
    unknown = pieces[pieces.made.isna()]
    known = pieces[pieces.made > 0]
    number = np.ceil(known.made).astype(np.int64)
    step = (known.t - known.since) // number
    found = pd.DataFrame({"begin": known.t - step * (number - 1), "end": known.t})
    sparse = (number > 1) & (step > min(micro, STOP_NS))
    if sparse.any():
        many = number[sparse]
        each = known.t[sparse].repeat(many)
        back = many.repeat(many) - 1 - each.groupby(level=0).cumcount()
        alone = each - back * step[sparse].repeat(many)
        found = pd.concat([found[~sparse], pd.DataFrame({"begin": alone, "end": alone})])
    rest = pd.DataFrame({"begin": unknown.since, "end": unknown.t})
    return pd.concat([found, rest])


def with_stops(told: pd.DataFrame, stops: pd.DataFrame) -> pd.DataFrame:
    """The states with long gaps as delay."""
    if stops.empty:
        return told
    edges = pd.concat([told.t0, stops.t0, stops.t1]).drop_duplicates().sort_values()
    cut = pd.merge_asof(edges.to_frame("t0"), told[["t0", "code"]], on="t0")
    held = pd.merge_asof(cut, stops[["t0", "t1"]], on="t0")
    cut["code"] = cut.code.mask((cut.t0 < held.t1).to_numpy(), DELAYED)
    return ended(changes(cut), int(told.t1.iloc[-1]))


def times(told: pd.DataFrame, micro: pd.DataFrame, planned: pd.DataFrame) -> pd.DataFrame:
    """Planned time of each shift by state, and what began in it."""
    both = clipped(told, planned)
    found = both.pivot_table(
        index="shift", columns=both.code.map({UNKNOWN: "unknown_ns", **CODES}), values="lasted",
        aggfunc="sum", fill_value=0,
    )  # fmt: skip
    found = found.reindex(columns=["unknown_ns", *CODES.values()], fill_value=0)
    found.insert(0, "pbt_ns", (planned.t1 - planned.t0).groupby(planned["shift"]).sum())
    found["micro_ns"] = clipped(micro, planned).groupby("shift").lasted.sum()
    stopped = told.iloc[1:].query("code == @DELAYED")
    for name, began in (("micro_n", micro.t0), ("stops_n", stopped.t0)):
        pairs = began.to_frame("t").merge(planned, how="cross").query("t0 <= t < t1")
        found[name] = pairs.groupby("shift").size()
    return found.fillna(0).astype(np.int64)


def clipped(spans: pd.DataFrame, planned: pd.DataFrame) -> pd.DataFrame:
    """The parts of some time that are planned, with their shift and length."""
    both = spans.merge(planned, how="cross", suffixes=("", "_planned"))
    begin, end = both[["t0", "t0_planned"]].max(axis=1), both[["t1", "t1_planned"]].min(axis=1)
    return both.assign(lasted=end - begin).query("lasted > 0")


def by_shift(steps: pd.DataFrame, hours: Hours, producing: pd.DataFrame | None) -> pd.Series:
    """The increments of each shift; across its end by producing time, or by length for None."""
    home = np.searchsorted(hours.shift_t0_ns, steps.t, "right") - 1
    first = np.searchsorted(hours.shift_t0_ns, steps.since, "right") - 1
    total = steps.made.groupby(home).sum()
    across = steps[first != home]
    for row, shift in zip(across.itertuples(), home[first != home], strict=True):
        edge, amount = hours.shift_t0_ns[shift], row.made
        if row.t - row.since > SPLIT_NS:  # nobody can say in which shift it was made
            total[shift] -= np.nan_to_num(amount)
        elif amount > 0:
            ends = (row.since, edge), (edge, row.t)
            before, after = (lasted(producing, *each) for each in ends)
            if before + after:
                share = amount * before / (before + after)
                moved = share if producing is None else np.floor(share + 0.5)
                total[shift] -= moved
                total[shift - 1] = total.get(shift - 1, 0.0) + moved
    total.index = pd.Index([hours.shift_id[nth] for nth in total.index], name="shift")
    return total


def lasted(producing: pd.DataFrame | None, from_ns: int, to_ns: int) -> float:
    """How much of an interval the machine produced; all of it for None."""
    if producing is None:
        return to_ns - from_ns
    inside = producing.t1.clip(upper=to_ns) - producing.t0.clip(lower=from_ns)
    return float(inside.clip(lower=0).sum())
