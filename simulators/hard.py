"""Hard shifts: readings as `history.rows` gives them, spoilt as real plants spoil them.

The truth stays the truth: what is done here happens to a register, a clock or a wire, never to a
machine. Each function returns new columns; times are nanoseconds, half-open intervals.
"""

from collections.abc import Collection

import numpy as np

from simulators.history import Column
from simulators.line import BOOL, F64, I64

Columns = dict[str, Column]
BAD = 0x8000_0000
UNCERTAIN_CLOCK = 0x4096_0000  # what a collector makes of a time that cannot be
GARBAGE = -1.0


def picked(columns: Columns, paths: Collection[str], from_ns: int, to_ns: int) -> BOOL:
    """The rows of some signals in an interval."""
    wanted = np.isin(columns["signals"], list(paths))[columns["signal"]]
    times = np.asarray(columns["source_time"], np.int64)
    return np.asarray(wanted & (times >= from_ns) & (times < to_ns), np.bool_)


def changed(columns: Columns, name: str, rows: BOOL, values: F64 | I64 | float) -> Columns:
    """The columns with other values of one of them in some rows."""
    column = columns[name].copy()
    column[rows] = values
    return {**columns, name: column}


def taken(columns: Columns, rows: BOOL | I64) -> Columns:
    """Some rows, in the order given."""
    kept = {name: columns[name][rows] for name in ("signal", "source_time", "value", "quality")}
    return {**columns, **kept}


def values(columns: Columns, rows: BOOL) -> F64:
    """What some rows show."""
    return np.asarray(columns["value"][rows], np.float64)


def value_at(columns: Columns, path: str, at_ns: int) -> float:
    """The last reading of a signal up to an instant."""
    rows = picked(columns, {path}, -(1 << 62), at_ns + 1)
    return float(values(columns, rows)[-1])


def reset(columns: Columns, paths: Collection[str], at_ns: int) -> Columns:
    """Counters that begin at 0 again right after their reading at an instant."""
    for path in paths:
        rows = picked(columns, {path}, at_ns + 1, 1 << 62)
        columns = changed(
            columns, "value", rows, values(columns, rows) - value_at(columns, path, at_ns)
        )
    return columns


def wrapping(columns: Columns, path: str, at_ns: int, modulus: int) -> Columns:
    """A counter in a register that overflows with the first piece after an instant."""
    rows = picked(columns, {path}, -(1 << 62), 1 << 62)
    shift = modulus - 1 - value_at(columns, path, at_ns)
    return changed(columns, "value", rows, (values(columns, rows) + shift) % modulus)


def shown_once(columns: Columns, path: str, at_ns: int, value: float) -> Columns:
    """One wrong reading: the first from an instant on."""
    rows = np.flatnonzero(picked(columns, {path}, at_ns, 1 << 62))[:1]
    return changed(columns, "value", np.isin(np.arange(len(columns["value"])), rows), value)


def bad(columns: Columns, paths: Collection[str], from_ns: int, to_ns: int) -> Columns:
    """Readings whose quality is Bad and whose value means nothing."""
    rows = picked(columns, paths, from_ns, to_ns)
    return changed(changed(columns, "quality", rows, BAD), "value", rows, GARBAGE)


def silent(columns: Columns, paths: Collection[str], from_ns: int, to_ns: int) -> Columns:
    """Nothing of some signals comes, and nothing comes later."""
    return taken(columns, ~picked(columns, paths, from_ns, to_ns))


def frozen(columns: Columns, path: str, from_ns: int, to_ns: int) -> Columns:
    """A register that keeps showing one value while the machine goes on."""
    rows = picked(columns, {path}, from_ns, to_ns)
    return changed(columns, "value", rows, value_at(columns, path, from_ns))


def stopped_clock(columns: Columns, paths: Collection[str], from_ns: int, to_ns: int) -> Columns:
    """A source whose clock stands for a while: new values, one time."""
    return changed(columns, "source_time", picked(columns, paths, from_ns, to_ns), from_ns)


def jumped_clock(
    columns: Columns, paths: Collection[str], from_ns: int, to_ns: int, by_ns: int
) -> Columns:
    """A source whose clock is wrong for a while, as a collector that notices marks it."""
    rows = picked(columns, paths, from_ns, to_ns)
    times = np.asarray(columns["source_time"][rows], np.int64) + by_ns
    return changed(changed(columns, "source_time", rows, times), "quality", rows, UNCERTAIN_CLOCK)


def renamed(columns: Columns, path: str, from_ns: int, text: str) -> Columns:
    """A text signal that says something new from an instant on."""
    texts = np.append(columns["texts"], text)
    rows = picked(columns, {path}, from_ns, 1 << 62)
    return {**changed(columns, "value", rows, float(len(texts) - 1)), "texts": texts}


def repeated(columns: Columns, share: float, seed: int) -> Columns:
    """Some rows a second time, anywhere later."""
    n = len(columns["value"])
    again = np.random.default_rng(seed).choice(n, int(n * share), replace=False)
    return taken(columns, np.concatenate([np.arange(n), again]))


def shuffled(columns: Columns, seed: int) -> Columns:
    """All rows in no order at all."""
    return taken(columns, np.random.default_rng(seed).permutation(len(columns["value"])))


def dealt(columns: Columns, pieces: int, seed: int) -> list[Columns]:
    """The rows dealt out at random, as so many deliveries."""
    hand = np.random.default_rng(seed).integers(0, pieces, len(columns["value"]))
    return [taken(columns, hand == piece) for piece in range(pieces)]


def together(parts: list[Columns]) -> Columns:
    """The readings of several lines as one delivery, in source-time order.

    No line says a text by the number of another: each keeps its own signals and texts.
    """
    signals, texts, rows = list[Column](), list[Column](), list[dict[str, Column]]()
    for part in parts:
        is_text = np.char.endswith(np.asarray(part["signals"], np.str_), "/product")
        shift = np.where(is_text[part["signal"]], sum(map(len, texts)), 0)
        rows.append(
            {
                "signal": np.asarray(part["signal"], np.int32) + np.int32(sum(map(len, signals))),
                "source_time": part["source_time"],
                "value": np.asarray(part["value"], np.float64) + shift,
                "quality": part["quality"],
            }
        )
        signals.append(part["signals"])
        texts.append(part["texts"])
    whole: Columns = {name: np.concatenate([each[name] for each in rows]) for name in rows[0]}
    whole |= {"signals": np.concatenate(signals), "texts": np.concatenate(texts)}
    return taken(whole, np.argsort(whole["source_time"], kind="stable"))
