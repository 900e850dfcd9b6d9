"""What a machine did and for what: its states, products and orders over a stretch of time.

The state signal says it; where there is none, the pieces do: producing between pieces that are at
most `stop_after_s` apart, else delayed while the device lives. Pieces of one reading were made
evenly since the reading before it.
"""

from collections.abc import Mapping

import numpy as np

from edge.engine.machine.anchors import Held, MachineAnchor
from edge.engine.machine.counting import Increments
from edge.engine.machine.gather import good
from edge.engine.machine.spans import Spans
from edge.model import I64, SECOND_NS, Samples
from edge.site import Signal
from kpi.states import State, map_states, timeline

NEVER: I64 = np.empty(0, np.int64)
STATES: Mapping[str, State] = {
    **{state.name.lower(): state for state in State},
    "delayed:external": State.DELAYED_EXTERNAL,
}


def to_states(signal: Signal, samples: Samples, symbols: Mapping[int, str]) -> Samples:
    """State samples as states: the map applied, UNKNOWN where it has no entry or quality fails."""
    states = {code: STATES[name] for code, name in signal.map.items()}
    mapping: dict[object, int] = (
        {number: states[text] for number, text in symbols.items() if text in states}
        if signal.values_are_text
        else {float(code): state for code, state in states.items()}
    )
    codes = map_states(samples.value, mapping, good=good(samples))
    return Samples(samples.source_ns, codes.astype(np.float64), samples.status)


def dense(rows: Increments, stop_after_ns: int) -> tuple[I64, I64]:
    """Begins and ends of long times between two readings in which pieces came close together.

    The second reading tells how many pulses there were. A time that is longer than the counter's
    silence may last says nothing, and one that is no stop in itself needs no look.
    """
    gap_ns, pulses = rows.t_ns - rows.since_ns, np.nan_to_num(rows.count / rows.signal.scale)
    found = rows.covering & (gap_ns > stop_after_ns) & (gap_ns <= pulses * stop_after_ns)
    found &= gap_ns <= rows.signal.stale_after_s * SECOND_NS
    return rows.since_ns[found], rows.t_ns[found]


def inferred(
    pieces_ns: I64,
    readings_ns: I64,
    stop_after_ns: int,
    working: tuple[I64, I64] = (NEVER, NEVER),
) -> Samples:
    """States from pieces, one at each reading.

    Args:
        pieces_ns: readings that brought pieces, and the last such before them.
        readings_ns: all good readings.
        stop_after_ns: pieces farther apart than this were a stop.
        working: begins and ends of times in which pieces came closer than that, as `dense` says.
    """
    before = pieces_ns.searchsorted(readings_ns, "right") - 1
    between = (before >= 0) & (before < len(pieces_ns) - 1)
    index = np.where(between, before, 0)
    near = between.copy()
    if len(pieces_ns) > 1:
        near &= (pieces_ns[1:] - pieces_ns[:-1])[index % (len(pieces_ns) - 1)] <= stop_after_ns
    begun, over = (np.sort(ends).searchsorted(readings_ns, "right") for ends in working)
    near |= begun > over
    code = np.where(near, float(State.PRODUCING), float(State.DELAYED))
    return Samples(readings_ns, code, np.zeros(len(readings_ns), np.uint32))


class Observed:
    """The states of one machine from an anchor on, before and after debouncing."""

    def __init__(
        self, signal: Signal, states: Samples, alive_ns: I64, anchor: MachineAnchor
    ) -> None:
        """Put what came before in front.

        Args:
            signal: the one that tells the state; its limits hold.
            states: samples since the anchor, as states.
            alive_ns: proofs of life since the anchor.
            anchor: what came before.
        """
        self._debounce_ns = int(signal.debounce_s * SECOND_NS)
        self._stale_ns = int(signal.stale_after_s * SECOND_NS)
        runs, proofs = restarted(anchor, self._debounce_ns, self._stale_ns)
        earlier = np.array(runs, np.int64).reshape(-1, 2)
        self._t_ns = np.concatenate([earlier[:, 0], states.source_ns])
        self._code = np.concatenate([earlier[:, 1], states.value.astype(np.int64)])
        self._alive_ns = np.concatenate([proofs, alive_ns])
        self._proofs_ns = np.sort(np.concatenate([self._alive_ns, self._t_ns]), kind="stable")
        self._raw: Spans | None = None

    def states(self, from_ns: int, to_ns: int, *, debounced: bool = True) -> Spans:
        """What the machine did in [from_ns, to_ns)."""
        found = timeline(
            self._t_ns,
            self._code,
            from_ns,
            to_ns,
            stale_after_ns=self._stale_ns,
            alive_ns=self._alive_ns,
            debounce_ns=self._debounce_ns if debounced else 0,
        )
        return Spans(found.t0_ns, found.t1_ns, found.state.astype(np.int64))

    def proof_before(self, at_ns: int) -> int | None:
        """The last proof of life before an instant."""
        place = int(self._proofs_ns.searchsorted(at_ns))
        return int(self._proofs_ns[place - 1]) if place else None

    def runs(self, at_ns: int, end_ns: int) -> tuple[Held, ...]:
        """The runs that decide what the machine does at `at_ns`, seen with all up to `end_ns`.

        The first one stands whatever came before it. It is given the shortest length with which
        it does, so that two folds write the same thing.
        """
        if not len(self._t_ns) or self._t_ns[0] >= min(at_ns, end_ns):
            return ()
        if self._raw is None:
            self._raw = self.states(int(self._t_ns[0]), end_ns, debounced=False)
        raw = self._raw
        last = int(raw.t0_ns.searchsorted(at_ns, "left")) - 1
        first = last
        while first > 0 and not self._stands(raw, at_ns, first):
            first -= 1
        code = int(raw.value[first])
        head_ns = min(int(raw.t1_ns[first]), at_ns) - max(self._debounce_ns, 1)
        rows = slice(first + 1, last + 1)
        later = zip(raw.t0_ns[rows].tolist(), raw.value[rows].tolist(), strict=True)
        return ((head_ns, code), *later) if code != State.UNKNOWN else tuple(later)

    def _stands(self, raw: Spans, at_ns: int, run: int) -> bool:
        """Whether a run keeps its state whatever came before it."""
        length = min(int(raw.t1_ns[run]), at_ns) - int(raw.t0_ns[run])
        return length >= self._debounce_ns or raw.value[run] == State.UNKNOWN


def restarted(anchor: MachineAnchor, debounce_ns: int, stale_ns: int) -> tuple[list[Held], I64]:
    """An anchor's runs as samples, and proofs of life that reach to its last one."""
    runs = list(anchor.runs)
    if not runs or anchor.proof_ns is None:
        return runs, np.empty(0, np.int64)
    head_ns = min(runs[0][0], anchor.proof_ns) - max(debounce_ns, 1)
    runs[0] = head_ns, runs[0][1]
    proofs = np.arange(head_ns, anchor.proof_ns, max(stale_ns, 1))
    return runs, np.append(proofs, anchor.proof_ns)
