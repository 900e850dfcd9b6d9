"""Time in which nobody can say what a counter counted: it was silent, and so was its device.

Between two readings the counter itself tells what it made. After its last reading, and before its
first, only a device that lived proves that there was nothing to tell; and a device that lived and
sent what cannot be used proves nothing.
"""

from edge.engine.machine.counting import Increments
from edge.model import I64, SECOND_NS

Span = tuple[int, int]


def silences(
    counter: Increments,
    lived_ns: int | None,
    first_ns: int,
    window: Span,
    *,
    is_unusable: bool,
) -> list[Span]:
    """The silences of one counter that reach into a window.

    Args:
        counter: its increments.
        lived_ns: the last proof of life of its device; None where there never was one.
        first_ns: the first proof of life of the machine.
        window: begin and end.
        is_unusable: whether all that came after its last reading cannot be used.
    """
    readings = counter.t_ns[counter.accepted]
    found = []
    if not len(readings):
        found.append((first_ns, window[1]))
    elif readings[0] >= window[0]:
        found.append((first_ns, int(readings[0])))
    if len(readings) and is_unusable:
        found.append((int(readings[-1]), window[1]))
    elif len(readings) and lived_ns is not None:
        found.append((lived_ns, window[1]))
    stale_ns = int(counter.signal.stale_after_s * SECOND_NS)
    return [span for span in found if span[1] - span[0] > stale_ns]


def last_before(times: I64, at_ns: int, otherwise: int | None) -> int | None:
    """The last of some sorted instants before another; what holds otherwise."""
    place = int(times.searchsorted(at_ns))
    return int(times[place - 1]) if place else otherwise
