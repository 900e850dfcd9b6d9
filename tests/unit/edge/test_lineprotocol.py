"""Line protocol of columns, judged by a parser that shares no code with the formatter."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.model import Batch, Row
from edge.sinks.influxdb.lineprotocol import EARLIEST_NS, LATEST_NS, LineProtocol, has_texts
from edge.site import Kind, Signal
from tests.servers.influxdb_fake import lines_of, parse

NAME = st.text(
    st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"], exclude_characters="/\\")
    | st.sampled_from(" ,=%"),
    min_size=1,
    max_size=12,
).filter(lambda name: name.isprintable() and not name.startswith("#"))
SIGNAL = st.builds(
    lambda parts, kind: Signal("/".join(parts), parts[3], kind, "", "plc"),
    st.tuples(NAME, NAME, NAME, NAME),
    st.sampled_from([Kind.GAUGE, Kind.COUNTER, Kind.STATE, Kind.TEXT]),
)
SYMBOLS = ["", "KF94-L", 'a "b"', "back\\slash", "two\nlines", "한글, =", "%s\\"]
TIME = st.integers(EARLIEST_NS, LATEST_NS)
CELLS = st.tuples(
    st.integers(0, 3),
    TIME,
    st.floats(allow_infinity=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, len(SYMBOLS) - 1),
)


def formatter(signals: list[Signal]) -> LineProtocol:
    """A formatter that knows the signals by their place in the list."""
    return LineProtocol(dict(enumerate(signals)).get, SYMBOLS.__getitem__)


def rows_of(
    signals: list[Signal], cells: list[tuple[int, int, float, int, int]]
) -> tuple[list[Row], list[object]]:
    """Rows, and beside each what a reader of the database must find: number, text or nothing."""
    rows, meant = list[Row](), list[object]()
    for signal, time, number, status, symbol in cells:
        is_text = signals[signal].kind is Kind.TEXT and not math.isnan(number)
        rows.append(Row(signal, time, time, float(symbol) if is_text else number, status))
        meant.append(SYMBOLS[symbol] if is_text else None if math.isnan(number) else number)
    return rows, meant


@given(st.lists(SIGNAL, min_size=4, max_size=4), st.lists(CELLS, max_size=30))
def test_a_reader_finds_every_row_as_it_was(
    signals: list[Signal], cells: list[tuple[int, int, float, int, int]]
) -> None:
    """Names, times, status and every bit of the value come back, whatever characters names have."""
    rows, meant = rows_of(signals, cells)
    lines = lines_of(formatter(signals).body(Batch.of(rows)).decode())
    assert len(lines) == len(rows)
    for line, row, value in zip(lines, rows, meant, strict=True):
        (measurement, tags, time), fields = parse(line)
        site, name, machine, signal = signals[row.signal].path.split("/")
        assert (measurement, time) == (name, row.source_ns)
        assert dict(tags) == {"site": site, "machine": machine, "signal": signal}
        assert fields.pop("status") == row.status
        if isinstance(value, float):
            found = fields.pop("value")
            assert isinstance(found, float)
            assert struct.pack("<d", found) == struct.pack("<d", value)
        elif value is not None:
            assert fields.pop("text") == value
        assert fields == {}


@given(st.lists(SIGNAL, min_size=4, max_size=4), st.lists(CELLS, max_size=20), st.integers(0, 20))
def test_a_body_is_the_same_in_pieces(
    signals: list[Signal], cells: list[tuple[int, int, float, int, int]], at: int
) -> None:
    """However blocks are joined or taken apart, each row has one spelling and keeps its place."""
    batch = Batch.of(rows_of(signals, cells)[0])
    one, other = formatter(signals), formatter(signals)
    pieces = other.body(batch.take(slice(at))) + other.body(batch.take(slice(at, None)))
    assert one.body(batch) == pieces


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**63), 2**63 - 1), st.floats())))
def test_rows_are_sent_or_refused_and_never_both(cells: list[tuple[int, int, float]]) -> None:
    """Unknown signals, infinity and impossible times are refused, with every row accounted for."""
    signals = [Signal(f"site/line/machine/{name}", name, Kind.GAUGE, "", "plc") for name in "abc"]
    batch = Batch.of([Row(signal, time, at, value, 0) for at, (signal, time, value) in
                      enumerate(cells)])  # fmt: skip
    good, refused = formatter(signals).sift(batch)
    sent = {
        at
        for at, (signal, time, value) in enumerate(cells)
        if signal < 3 and not math.isinf(value) and EARLIEST_NS <= time <= LATEST_NS
    }
    aside = [at for rows, _ in refused for at in rows.received_ns.tolist()]
    assert good.received_ns.tolist() == sorted(sent)
    assert sorted(aside) == sorted(set(range(len(cells))) - sent)
    assert all(reason and len(rows) for rows, reason in refused)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("hanbit/mask-1/body/tab\there", "has a backslash or a control character; rename it"),
        ("hanbit/mask-1/body/two\nlines", "has a backslash or a control character; rename it"),
        ("hanbit/mask-1/body/good\\", "has a backslash or a control character; rename it"),
        ("hanbit/mask-1//good", "a part of the name is empty; rename it"),
        ("hanbit/#1/body/good", "'#1' begins like a comment; rename it"),
        (f"hanbit/mask-1/body/{'x' * 65_536}", "its names are too long; rename it"),
    ],
)
def test_a_name_that_no_line_can_say_is_refused_by_name(path: str, reason: str) -> None:
    """Such a line would break the body, or be silently another point; the signal is named."""
    batch = Batch.of([Row(0, 1, 1, 1.0, 0)])
    good, refused = formatter([Signal(path, "good", Kind.GAUGE, "", "plc")]).sift(batch)
    ((rows, said),) = refused
    assert (len(good), len(rows)) == (0, 1)
    assert said.startswith(repr(path)[:15])
    assert said.endswith(reason)


def test_whole_numbers_stay_floats_and_the_unknown_is_a_status_alone() -> None:
    """The type of a field never depends on a value: one integer would spoil the column."""
    signal = Signal("hanbit/mask-1/body/good", "good", Kind.COUNTER, "{piece}", "plc")
    values = [5.0, 1e22, math.nan]
    rows = [Row(0, at, at, value, 0x8031_0000) for at, value in enumerate(values)]
    tags = "mask-1,site=hanbit,machine=body,signal=good"
    assert formatter([signal]).body(Batch.of(rows)).decode().splitlines() == [
        f"{tags} value=5.0,status=2150694912i 0",
        f"{tags} value=1e+22,status=2150694912i 1",
        f"{tags} status=2150694912i 2",
    ]


@pytest.mark.parametrize(
    ("kind", "codes", "is_text"),
    [
        (Kind.TEXT, [], True),
        (Kind.STATE, ["RUN", "STOP"], True),
        (Kind.STATE, ["3", "-1", "4.0"], False),
        (Kind.STATE, ["True", "false"], False),
        (Kind.STATE, [], False),
        (Kind.GAUGE, [], False),
    ],
)
def test_a_state_is_a_text_where_its_map_names_texts(
    kind: Kind,
    codes: list[str],
    is_text: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """Codes and booleans are numbers; a number of a text means nothing outside of our catalog."""
    signal = Signal("a/b/c/d", "d", kind, "", "plc", dict.fromkeys(codes, "producing"))
    assert has_texts(signal) is is_text


def test_formatting_leaves_the_columns_alone() -> None:
    """A column, once made, is never written."""
    signal = Signal("a/b/c/d", "d", Kind.TEXT, "", "plc")
    batch = Batch.of([Row(0, 1, 1, 1.0, 0), Row(0, 2, 2, math.nan, 7)])
    before = [column.copy() for column in (batch.value, batch.status, batch.source_ns)]
    formatter([signal]).body(batch)
    for old, new in zip(before, (batch.value, batch.status, batch.source_ns), strict=True):
        np.testing.assert_array_equal(old, new)
