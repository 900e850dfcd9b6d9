"""An import stores what a file says, once, or says what is wrong with it."""

import csv
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import sealing
from edge.errors import ImportInvalid
from edge.history import History
from edge.importing import Imported, import_files, repeats
from edge.model import STATUS_UNCERTAIN_CLOCK, Batch, Row
from edge.site import Kind, Signal
from edge.stores import Stores
from edge.tables.times import instants, local_instants
from tests.unit.edge.fake_clock import ToldClock

SIGNALS = {
    signal.path: signal
    for signal in (
        Signal("s/l/m/good", "good", Kind.COUNTER, "{piece}", "plc"),
        Signal(
            "s/l/m/state", "state", Kind.STATE, "1", "plc", map={"RUN": "producing", "3": "idle"}
        ),
        Signal("s/l/m/온도", "온도", Kind.GAUGE, "Cel", "plc"),
        Signal("s/l/m/product", "product", Kind.TEXT, "1", "plc"),
    )
}
AT_NS = 1_785_542_400_000_000_000  # 2026-08-01T09:00+09:00
HEADER = ["signal", "source_time", "value", "quality"]
OFFSETS = st.integers(-14 * 60 + 1, 14 * 60 - 1).map(lambda m: timezone(timedelta(minutes=m)))
INSTANTS = st.datetimes(datetime(1950, 1, 1), datetime(2190, 1, 1), timezones=OFFSETS)  # noqa: DTZ001 - hypothesis adds the zone


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """Empty stores."""
    with Stores.open(tmp_path / "data") as made:
        yield made


def written(path: Path, *rows: list[str], encoding: str = "utf-8") -> Path:
    """A CSV file with the usual header."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def found(stores: Stores) -> dict[str, list[tuple[int, str, int]]]:
    """Seconds since nine, value as text, and status of all that is stored."""
    symbols = stores.catalog.symbols()
    read = History(stores).samples(list(SIGNALS), 0, 2**63 - 1)
    return {
        path: [
            ((at - AT_NS) // 10**9, symbols.get(value, str(value)), status)
            for at, value, status in zip(
                one.source_ns.tolist(), one.value.tolist(), one.status.tolist(), strict=True
            )
        ]
        for path, one in read.items()
        if len(one.value)
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_csv_of_any_editor_is_read(stores: Stores, tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without a mark, and what Korean Excel saves; in any order of rows."""
    path = written(
        tmp_path / "여름.csv",
        ["s/l/m/온도", "2026-08-01T09:00:02+09:00", "21.5", "uncertain"],
        ["s/l/m/good", "2026-08-01T00:00:01Z", "7", "Good"],
        ["s/l/m/온도", str(AT_NS), "-1e1", ""],
        ["s/l/m/온도", "2026-08-01T09:00:03.5+09:00", "", "good"],
        ["s/l/m/product", "2026-08-01T09:00:00+09:00", "KF94-대형", "GOOD"],
        ["s/l/m/state", "2026-08-01T09:00:00+09:00", "RUN", "bad"],
        ["s/l/m/state", "2026-08-01T09:00:01+09:00", "3", "2150694912"],
        encoding=encoding,
    )
    assert import_files(stores, [path], SIGNALS) == Imported(7, 7, 0)
    assert found(stores) == {
        "s/l/m/온도": [(0, "-10.0", 0), (2, "21.5", 0x40000000), (3, "nan", 0x809B0000)],
        "s/l/m/good": [(1, "7.0", 0)],
        "s/l/m/product": [(0, "KF94-대형", 0)],
        "s/l/m/state": [(0, "RUN", 0x80000000), (1, "3.0", 0x80310000)],
    }
    assert stores.ledger.counts() == {"import": (7, 0, 0)}


def test_korean_headings_and_the_clock_on_the_wall_are_taken(
    stores: Stores, tmp_path: Path
) -> None:
    """As a person types it in Seoul; how many times went as local ones is told."""
    path = tmp_path / "여름.csv"
    rows = "신호,시각,값,품질\ns/l/m/good,2026-08-01 09:00:01,7,양호\n"
    path.write_text(f"{rows}s/l/m/온도,2026-08-01T00:00:02Z,21.5,불확실\n", "cp949")
    done = import_files(stores, [path], SIGNALS, zone=ZoneInfo("Asia/Seoul"))
    assert done == Imported(2, 2, 0, local=1)
    good, warm = [(1, "7.0", 0)], [(2, "21.5", 0x40000000)]
    assert found(stores) == {"s/l/m/good": good, "s/l/m/온도": warm}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            ["s/l/m/god", "1"],
            "column signal: 's/l/m/god' is no signal; the configuration has 4 signals; did you",
        ),
        (["s/l/m/good", "1", "12,5"], "column value: '12,5' is no finite number; write it like"),
        (["s/l/m/good", "1", "inf"], "column value: 'inf' is no finite number"),
        (["s/l/m/state", "1", "STOP"], "column value: 'STOP' is no finite number"),
        (
            ["s/l/m/good", "1", "1", "fine"],
            "column quality: 'fine' is no quality; write good, uncertain, bad or a StatusCode",
        ),
        (
            ["s/l/m/good", "2026-08-01 09:00", "1"],
            "column source_time: '2026-08-01 09:00' is no instant; write it with its offset",
        ),
        (
            ["s/l/m/good", "2026-02-30T09:00:00Z", "1"],
            "column source_time: '2026-02-30T09:00:00Z' is no instant",
        ),
        (
            ["s/l/m/good", "1785542400", "1"],
            "column source_time: '1785542400' ns since 1970 is not between 2000 and 2200; integers",
        ),
    ],
)
def test_a_fault_names_file_row_column_and_what_stands_there(
    stores: Stores, tmp_path: Path, row: list[str], says: str
) -> None:
    """The header is row 1; nothing of the file is stored, the good rows neither."""
    row = [*row, *["1", "good"][len(row) - 2 :]]
    row[1] = str(AT_NS) if row[1] == "1" else row[1]
    path = written(tmp_path / "a.csv", ["s/l/m/good", str(AT_NS), "1", "good"], row)
    with pytest.raises(ImportInvalid) as caught:
        import_files(stores, [path], SIGNALS)
    first, last = str(caught.value).splitlines()
    assert first.startswith(f"{path}: row 3, {says}")
    assert last == "nothing of this file was stored"
    assert (found(stores), stores.ledger.counts(), stores.journal.newest()) == ({}, {}, 0)


def test_many_faults_come_at_once_and_not_all(stores: Stores, tmp_path: Path) -> None:
    """Twenty by row, the rest as a number."""
    rows = [["s/l/m/good", str(AT_NS + n), f"x{n}", "good"] for n in range(50)]
    rows[4] = ["s/l/m/bad", "noon", "1", "none"]
    with pytest.raises(ImportInvalid) as caught:
        import_files(stores, [written(tmp_path / "a.csv", *rows)], SIGNALS)
    lines = str(caught.value).splitlines()
    places = [int(line.split("row ")[1].split(",")[0]) for line in lines[:20]]
    assert places == [2, 3, 4, 5, 6, 6, 6, *range(7, 20)]
    assert lines[20].endswith(": and 32 more like these")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "row 1: no column 'signal'; there are: none; write signal, source_time, value"),
        (b"signal,time,value\n", "row 1: no column 'source_time'; there are: signal, time, value"),
        (b"signal,source_time,value\na,b\n", "row 2: 2 columns, the header has 3"),
        (b'signal,source_time,value\n"a,1,2\n', "after row 2: unexpected end of data"),
        (b"signal,source_time,value\n\xff,1,2\n", r"b'\xff,1,2\n' is no text; save it as CSV"),
        (
            b"signal,source_time,value\n" + b"x" * 5000 + b",1,2\n",
            "line 2: a cell of 5,000 characters, more than 4,096",
        ),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    stores: Stores, tmp_path: Path, raw: bytes, says: str
) -> None:
    """By what is seen, with what to do."""
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    limit = csv.field_size_limit()
    with pytest.raises(ImportInvalid) as caught:
        import_files(stores, [path], SIGNALS)
    assert says in str(caught.value)
    assert csv.field_size_limit() == limit, "it is the whole process's, collectors' too"


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "a.npz", "a.parquet"])
def test_what_is_not_there_or_of_no_known_kind_is_said(
    stores: Stores, tmp_path: Path, name: str
) -> None:
    """No traceback for a mistyped name."""
    says = "is no kind of file for samples" if name.endswith("xlsx") else "there is no such file"
    with pytest.raises(ImportInvalid, match=says):
        import_files(stores, [tmp_path / name], SIGNALS)


@pytest.mark.parametrize("name", ["a.npz", "a.parquet"])
def test_damaged_binary_files_are_refused(stores: Stores, tmp_path: Path, name: str) -> None:
    """Any bytes: an error that names the file."""
    path = tmp_path / name
    path.write_bytes(b"PAR1 no such thing" * 9)
    with pytest.raises(ImportInvalid, match=str(path)):
        import_files(stores, [path], SIGNALS)


def npz(path: Path, **changes: object) -> Path:
    """What a program writes: indexes in place of texts."""
    columns: dict[str, object] = {
        "signals": np.array(list(SIGNALS)),
        "texts": np.array(["KF94-대형", "KF80"]),
        "signal": np.array([3, 0, 3, 2], np.int32),
        "source_time": AT_NS + np.array([2, 1, 0, 3]) * 10**9,
        "value": np.array([1, 5, 0, np.nan]),
        "quality": np.array([0, 0, 0, 0x80310000], np.uint32),
        **changes,
    }
    arrays = {name: np.asarray(column) for name, column in columns.items() if column is not None}
    np.savez(path, allow_pickle=False, **arrays)
    return path


def test_columns_of_a_program_are_read(stores: Stores, tmp_path: Path) -> None:
    """Signals and texts by their place; the quality may be absent."""
    assert import_files(stores, [npz(tmp_path / "a.npz")], SIGNALS) == Imported(4, 4, 0)
    stored = {
        "s/l/m/good": [(1, "5.0", 0)],
        "s/l/m/온도": [(3, "nan", 0x80310000)],
        "s/l/m/product": [(0, "KF94-대형", 0), (2, "KF80", 0)],
    }
    assert found(stores) == stored
    words = {"quality": None, "signal": np.array(list(SIGNALS))[[3, 0, 3, 0]]}
    texts = {"value": np.array(["KF80", "5", "KF94-대형", "8"]), "texts": None}
    again = npz(tmp_path / "b.npz", **words, **texts)
    assert import_files(stores, [again], SIGNALS) == Imported(4, 1, 3)
    assert found(stores) == stored | {"s/l/m/good": [(1, "5.0", 0), (3, "8.0", 0)]}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"signal": np.array([0, 9, 0, 0])}, "row 2, column signal: 9, there are 4 in 'signals'"),
        ({"value": np.array([2.0, 5, 0, 1])}, "value: '2.0' is no place in 'texts', which has 2"),
        ({"value": np.array([0.5, 5, 0, 1])}, "row 1, column value: '0.5' is no place in 'texts'"),
        ({"value": np.array([0, np.inf, 0, 1])}, "row 2, column value: 'inf' is no finite number"),
        ({"value": np.zeros((4, 2))}, "'value' is float64 of shape (4, 2); one number or"),
        ({"value": np.zeros(3)}, "'value' is float64 of shape (3,)"),
        ({"source_time": np.zeros(4)}, "'source_time' is float64"),
        ({"source_time": None}, "no column 'source_time'"),
        ({"texts": np.zeros(2)}, "'texts' is float64; texts are needed"),
        ({"quality": np.array([0, -1, 0, 0])}, "row 2, column quality: '-1' is no quality"),
    ],
)
def test_faults_of_columns_are_named_by_row(
    stores: Stores, tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    """The first row is row 1: arrays have no header."""
    with pytest.raises(ImportInvalid) as caught:
        import_files(stores, [npz(tmp_path / "a.npz", **changes)], SIGNALS)
    assert says in str(caught.value)
    assert stores.journal.newest() == 0


@pytest.mark.parametrize("kind", ["ns", "us", "int", "text"])
def test_parquet_of_other_programs_is_read(stores: Stores, tmp_path: Path, kind: str) -> None:
    """Times as instants, numbers or texts; nulls are unknown values."""
    times = {
        "ns": pa.array([AT_NS, AT_NS + 10**9], pa.timestamp("ns", tz="Asia/Seoul")),
        "us": pa.array([AT_NS // 1000, AT_NS // 1000 + 10**6], pa.timestamp("us", tz="UTC")),
        "int": pa.array([AT_NS, AT_NS + 10**9]),
        "text": pa.array(["2026-08-01T09:00:00+09:00", "2026-08-01T00:00:01Z"]),
    }
    table = pa.table(
        {
            "signal": pa.array(["s/l/m/온도", "s/l/m/온도"]).dictionary_encode(),
            "source_time": times[kind],
            "value": pa.array([1.5, None]),
            "quality": pa.array(["good", "good"])
            if kind == "ns"
            else pa.array([0, 0], pa.uint32()),
        }
    )
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    assert import_files(stores, [tmp_path / "a.parquet"], SIGNALS) == Imported(2, 2, 0)
    assert found(stores) == {"s/l/m/온도": [(0, "1.5", 0), (1, "nan", 0x809B0000)]}


def test_parquet_times_without_a_zone_are_refused(stores: Stores, tmp_path: Path) -> None:
    """Nobody knows which nine o'clock is meant; nine hours of error would go unseen."""
    columns = {
        "signal": ["s/l/m/good"],
        "value": [1.0],
        "source_time": pa.array([AT_NS // 1000], pa.timestamp("us")),
    }
    pa.parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(ImportInvalid, match="column source_time is TIMESTAMP; write"):
        import_files(stores, [tmp_path / "a.parquet"], SIGNALS)


def test_a_second_import_adds_nothing(stores: Stores, tmp_path: Path) -> None:
    """Nor does a row that stands twice; whether the first one lies in archive or journal."""
    rows = [["s/l/m/good", str(AT_NS + n % 7 * 10**9), str(n % 3), "good"] for n in range(40)]
    path = written(tmp_path / "a.csv", *rows)
    assert import_files(stores, [path], SIGNALS) == Imported(40, 21, 19)
    before = found(stores)
    more = written(tmp_path / "b.csv", *rows, ["s/l/m/good", str(AT_NS), "1", "bad"])
    assert import_files(stores, [path], SIGNALS) == Imported(40, 0, 40)
    sealing.seal(stores)
    assert import_files(stores, [path, path], SIGNALS) == Imported(80, 0, 80)
    assert found(stores) == before
    assert import_files(stores, [more], SIGNALS) == Imported(41, 1, 40)
    assert stores.ledger.counts() == {"import": (22, 179, 0)}


@given(
    st.lists(
        st.tuples(
            st.integers(1, 2),
            st.integers(0, 2),
            st.sampled_from([0.0, -0.0, 1.0, np.nan]),
            st.integers(0, 1),
        )
    ),
    st.integers(0, 20),
)
def test_a_repeat_is_an_equal_row_that_came_before(
    rows: list[tuple[int, int, float, int]], cut: int
) -> None:
    """Signal, time, value to the bit, status: a set of tuples is the oracle."""
    whole = Batch.of([Row(signal, at, 0, value, status) for signal, at, value, status in rows])
    seen, expected = set[tuple[int, int, bytes, int]](), list[bool]()
    for nth, (signal, at, value, status) in enumerate(rows):
        name = signal, at, np.float64(value).tobytes(), status
        expected += [name in seen] if nth >= cut else []
        seen.add(name)
    found_ones = repeats(whole.take(slice(cut)), whole.take(slice(cut, None)))
    assert found_ones.tolist() == expected


@given(st.lists(st.tuples(INSTANTS, st.integers(0, 999), st.integers(0, 9)), min_size=1))
def test_rfc_3339_is_read_to_the_nanosecond(moments: list[tuple[datetime, int, int]]) -> None:
    """Any offset, any number of decimals: Python's integers are the oracle."""
    texts, expected = list[str](), list[int]()
    for moment, nanoseconds, digits in moments:
        fraction = f".{moment.microsecond:06}{nanoseconds:03}"[: 1 + digits] if digits else ""
        texts.append(f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{moment.isoformat()[-6:]}")
        seconds = (moment.replace(microsecond=0) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
            seconds=1
        )
        expected.append(seconds * 10**9 + int(fraction[1:].ljust(9, "0")))
    read, good = instants(np.array(texts))
    assert good.all()
    assert read.tolist() == expected


@pytest.mark.parametrize("end", ["npz", "parquet"])
def test_what_is_no_such_file_is_told_in_our_words(
    stores: Stores, tmp_path: Path, end: str
) -> None:
    """In one line, and without the advice of a library to trust it."""
    path = tmp_path / f"a.{end}"
    path.write_bytes(bytes(range(256)) * 9)
    with pytest.raises(ImportInvalid, match=rf"a\.{end}: no .*; write it") as caught:
        import_files(stores, [path], SIGNALS)
    said = str(caught.value)
    assert "\n" not in said.removesuffix("\nnothing of this file was stored")
    assert not any(word in said for word in ("pickle", "LINE", "select"))


SEOUL = ZoneInfo("Asia/Seoul")
AT_1305 = int(datetime(2026, 11, 3, 13, 5, tzinfo=SEOUL).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("text", "after_s"),
    [
        ("2026-11-03 13:05", 0),
        ("2026/11/03 13:05:07", 7),
        ("2026.11.03 8:00", -5 * 3600 - 300),
        ("2026-11-03 오후 1:05:00", 0),
        ("2026-11-03 오후 01:05", 0),
        ("2026-11-03 오후 12:05", -3600),
        ("2026-11-03 오전 12:05", -13 * 3600),
        ("2026-11-03 오전 11:05:00.5", -2 * 3600 + 0.5),
    ],
)
def test_a_time_is_read_as_a_spreadsheet_writes_it(text: str, after_s: float) -> None:
    """Excel of a Korean office leaves out seconds and zeros, and says 오전 and 오후."""
    (read,), (good,) = local_instants(np.array([text]), SEOUL)
    assert good
    assert read - AT_1305 == after_s * 1e9


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-03 오후 13:05",
        "2026-11-03 오후 0:05",
        "2026-11-03 오후",
        "2026-11-03 24:05",
        "2026-11-03 :05",
        "2026-11-03 8시",
        "11/03/2026 13:05",
        "오후 1:05",
        "2026-11-03 ²:05",
        " ",
        "",
    ],
)
def test_a_time_that_may_mean_two_things_is_none(text: str) -> None:
    """Nor is one that means nothing."""
    assert local_instants(np.array([text]), SEOUL)[1].tolist() == [False]


@given(st.lists(st.text("0123456789-:TtZz+. ", max_size=40), min_size=1))
def test_what_python_cannot_read_as_an_instant_we_do_not_either(texts: list[str]) -> None:
    """No text of such characters becomes a time by accident."""
    _, good = instants(np.array(texts))
    for text, taken in zip(texts, good.tolist(), strict=True):
        if taken and not text.isdigit():
            assert datetime.fromisoformat(text.upper()).tzinfo is not None


def test_files_may_be_made_while_they_are_imported(stores: Stores, tmp_path: Path) -> None:
    """The next one is awaited in a thread; each is stored as it comes, with progress."""
    made, stored = threading.Event(), list[Imported]()

    def files() -> Iterator[Path]:
        yield written(tmp_path / "1.csv", ["s/l/m/good", str(AT_NS), "1", "good"])
        assert made.wait(10)
        yield written(tmp_path / "2.csv", ["s/l/m/good", str(AT_NS + 1), "2", "good"])

    def progress(done: Imported) -> None:
        stored.append(done)
        made.set()

    assert import_files(stores, files(), SIGNALS, progress) == Imported(2, 2, 0)
    assert stored == [Imported(1, 1, 0), Imported(2, 2, 0)]


def test_of_several_files_a_bad_one_stores_none(stores: Stores, tmp_path: Path) -> None:
    """All are checked first, and they go by time whatever their names."""
    late = written(tmp_path / "a.csv", ["s/l/m/good", str(AT_NS + 1), "2", "good"])
    early = written(tmp_path / "b.csv", ["s/l/m/good", str(AT_NS), "1", "good"])
    bad = written(tmp_path / "c.csv", ["s/l/m/good", str(AT_NS), "?", "good"])
    with pytest.raises(ImportInvalid):
        import_files(stores, [late, early, bad], SIGNALS)
    assert stores.journal.newest() == 0
    import_files(stores, [late, early], SIGNALS)
    assert [batch.value.tolist() for _, batch in stores.journal.read(0)] == [[1], [2]]


def test_a_large_import_is_sealed_on_the_way_and_to_its_end(
    stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of bounded size, few in a transaction; old source times make parts of their hours."""
    monkeypatch.setattr("edge.importing.BLOCK_ROWS", 10)
    monkeypatch.setattr("edge.importing.BLOCKS", 2)
    monkeypatch.setattr(sealing, "ENOUGH_ROWS", 50)
    rows = [["s/l/m/good", str(AT_NS + n * 90 * 10**9), str(n), "good"] for n in range(95)]
    done = list[Imported]()
    import_files(stores, [written(tmp_path / "a.csv", *rows)], SIGNALS, done.append)
    assert [one.stored for one in done] == [20, 40, 60, 80, 95]
    assert stores.archive.manifest.state().through == stores.journal.oldest() == 10
    hours = [part.path.split("/")[1].split(".")[0] for part in stores.archive.manifest.live()]
    assert hours == ["00", "01", "01", "02"]
    assert [value for _, value, _ in found(stores)["s/l/m/good"]] == [f"{n}.0" for n in range(95)]


def test_a_row_of_the_future_is_stored_and_flagged(stores: Stores, tmp_path: Path) -> None:
    """A time that had not come when the row was read is not to be believed; a minute is allowed."""
    clock = ToldClock()
    clock.now_ns = AT_NS
    late, ahead = AT_NS + 60 * 10**9, AT_NS + 61 * 10**9
    rows = [["s/l/m/good", str(at_ns), "1", "good"] for at_ns in (late, ahead)]
    path = written(tmp_path / "a.csv", *rows)
    assert import_files(stores, [path], SIGNALS, clock=clock) == Imported(2, 2, 0, future=1)
    assert found(stores)["s/l/m/good"] == [(60, "1.0", 0), (61, "1.0", STATUS_UNCERTAIN_CLOCK)]
