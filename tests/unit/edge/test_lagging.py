"""A lagging sink gets from the archive what it would have got from the journal."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from edge import sealing
from edge.history import History
from edge.model import SECOND_NS, Batch, Row
from edge.sinks.influxdb.lineprotocol import LineProtocol
from edge.site import Kind, Signal
from edge.stores import Stores

PATHS = ("s/l/a/good", "s/l/b/temperature", "s/l/b/product")
START_NS = 1_785_000_000 * SECOND_NS
ROW = st.tuples(
    st.integers(1, 3),
    st.integers(0, 7_200),
    st.floats(allow_nan=True, allow_infinity=False),
    st.sampled_from([0, 0x4000_0000, 0x8000_0000]),
)
BLOCKS = st.lists(st.lists(ROW, min_size=1, max_size=8), min_size=1, max_size=6)


@settings(deadline=None, max_examples=25)
@given(BLOCKS, st.integers(0, 6), st.integers(0, 5))
def test_both_ways_give_the_same_lines(
    blocks: list[list[tuple[int, int, float, int]]], sealed: int, after: int
) -> None:
    """Byte by byte, block by block, wherever the boundary lies and wherever the sink stopped."""
    with opened(blocks) as stores:
        live = lines(stores, min(after, len(blocks)))
        if sealed:
            sealing.seal(stores, min(sealed, len(blocks)))
        assert lines(stores, min(after, len(blocks))) == live


@contextmanager
def opened(blocks: list[list[tuple[int, int, float, int]]]) -> Iterator[Stores]:
    """Stores with these blocks in the journal."""
    with TemporaryDirectory() as folder, Stores.open(Path(folder)) as stores:
        with stores.journal.transaction():
            stores.catalog.ids(dict.fromkeys(PATHS, ("gauge", "1", "plc")))
            for block in blocks:
                rows = [
                    Row(signal, START_NS + at * SECOND_NS, START_NS, value, status)
                    for signal, at, value, status in block
                ]
                stores.journal.append(Batch.of(rows))
        yield stores


def lines(stores: Stores, after: int) -> list[tuple[int, bytes]]:
    """The body of each block that follows a number, as a sink sends it."""
    history, found = History(stores), list[tuple[int, bytes]]()
    signals = {
        number: Signal(path, path.rpartition("/")[2], Kind.GAUGE, "1", "plc")
        for number, path in history.paths().items()
    }
    while blocks := history.blocks(after, limit=2):
        protocol = LineProtocol(signals.get, str)
        found += [(number, protocol.body(batch)) for number, batch in blocks]
        after = blocks[-1][0]
    return found
