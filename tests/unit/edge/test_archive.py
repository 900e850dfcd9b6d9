"""A part is what its description says, stays what it was, and is noticed when it is not."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import sealing
from edge.archive.columns import Columns
from edge.archive.manifest import Part
from edge.archive.sheets import Names, cuts, filed, sheet_of
from edge.archive.vault import Vault
from edge.errors import ArchiveDamaged, JournalFull
from edge.model import Batch, Row
from edge.stores import Stores

HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS
START_NS = 20_000 * DAY_NS + 5 * HOUR_NS  # 2024-10-04T05:00Z
PATHS = {"s/l/b/state": "state", "s/l/a/good": "counter", "s/l/b/product": "text"}


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    """Stores that know three signals."""
    with Stores.open(tmp_path) as made:
        with made.journal.transaction():
            made.catalog.ids({path: (kind, "{piece}", "plc") for path, kind in PATHS.items()})
        yield made


def sealed(stores: Stores, *blocks: list[Row]) -> list[Part]:
    """The parts made of blocks."""
    with stores.journal.transaction():
        stores.catalog.write()
        for rows in blocks:
            stores.journal.append(Batch.of(rows))
    sealing.seal(stores)
    return stores.archive.manifest.live()


def row(signal: int, minute: int, value: float, status: int = 0) -> Row:
    """A row in the first hours after the start."""
    at_ns = START_NS + minute * HOUR_NS // 60
    return Row(signal, at_ns, at_ns + 7, value, status)


def test_a_foreign_reader_finds_the_columns_as_described(stores: Stores, tmp_path: Path) -> None:
    """Names, types, order, nulls and texts, by a library that is not ours."""
    symbol, word = stores.catalog.symbol("KF94-대형"), stores.catalog.symbol("RUN")
    first = [
        row(2, 9, 5),
        row(1, 3, word),
        row(1, 1, 3),
        row(3, 2, symbol),
        row(2, 1, np.nan, 0x80310000),
    ]
    second = [row(2, 9, 6), row(2, 0, -0.0), row(2, 2, np.inf), row(3, 59, np.nan, 1)]
    (part,) = sealed(stores, first, second)
    table = pyarrow.parquet.read_table(tmp_path / "archive" / part.path)
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds == {
        "signal": "string",
        "source_ns": "int64",
        "received_ns": "int64",
        "value": "double",
        "text": "string",
        "status": "uint32",
        "block": "int64",
    }
    minutes = [(at - START_NS) * 60 // HOUR_NS for at in table["source_ns"].to_pylist()]
    found = zip(
        table["signal"].to_pylist(),
        minutes,
        table["value"].to_pylist(),
        table["block"].to_pylist(),
        strict=True,
    )
    assert list(found) == [
        ("s/l/a/good", 0, 0, 2),
        ("s/l/a/good", 1, None, 1),
        ("s/l/a/good", 2, np.inf, 2),
        ("s/l/a/good", 9, 5, 1),
        ("s/l/a/good", 9, 6, 2),
        ("s/l/b/product", 2, symbol, 1),
        ("s/l/b/product", 59, None, 2),
        ("s/l/b/state", 1, 3, 1),
        ("s/l/b/state", 3, word, 1),
    ]
    assert np.signbit(table["value"][0].as_py())
    assert table["text"].to_pylist() == [None] * 5 + ["KF94-대형", None, None, "RUN"]
    assert table["status"].to_pylist() == [0, 0x80310000, 0, 0, 0, 0, 1, 0, 0]
    assert [at + 7 for at in table["source_ns"].to_pylist()] == table["received_ns"].to_pylist()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.integers(0, 2**32 - 1)
        ),
        min_size=1,
        max_size=30,
    )
)
def test_a_foreign_reader_reads_any_row(rows: list[tuple[int, float, int]]) -> None:
    """Extreme times, values and statuses: some encodings of DuckDB cannot be read by others."""
    batch = Batch.of([Row(1, 0, at_ns, value, status) for at_ns, value, status in rows])
    columns = Columns(batch, np.arange(len(rows)))
    sheet = sheet_of(0, columns, Names({1: "a"}, {}, {}))
    with TemporaryDirectory() as folder:
        Path(folder, ".part").mkdir()
        vault = Vault(Path(folder))
        path = vault.stage(sheet, "{}")
        vault.compare(path, sheet)
        vault.close()
        table = pyarrow.parquet.read_table(path)
    columns_read = (table[name].to_pylist() for name in ("received_ns", "value", "status"))
    assert list(zip(*columns_read, strict=True)) == rows


def test_one_file_explains_itself(stores: Stores, tmp_path: Path) -> None:
    """Who wrote it, up to which block and link, and what its signals are."""
    (part,) = sealed(stores, [row(2, 1, 1)], [row(1, 1, 1)])
    raw = pyarrow.parquet.read_metadata(tmp_path / "archive" / part.path).metadata[b"lineproof"]
    about = json.loads(raw)
    assert about["software"].startswith("lineproof ")
    assert (about["block"], about["link"]) == (2, stores.journal.link(2).hex())
    assert about["signals"] == {
        "s/l/a/good": [2, "counter", "{piece}"],
        "s/l/b/state": [1, "state", "{piece}"],
    }


def test_each_source_hour_is_a_part_and_late_rows_a_further_one(stores: Stores) -> None:
    """By UTC hour of the source time; nothing that is there is written to again."""
    sealed(stores, [row(1, 0, 1), row(1, 61, 2), row(2, 59, 3)])
    parts = sealed(stores, [row(1, 30, 4)])
    seen = [(part.path, part.rows, part.first_block, part.last_block) for part in parts]
    assert seen == [
        ("2024-10-04/05.1.parquet", 2, 1, 1),
        ("2024-10-04/05.2.parquet", 1, 2, 2),
        ("2024-10-04/06.1.parquet", 1, 1, 1),
    ]
    assert [part.first_ns for part in parts] == [START_NS + m * HOUR_NS // 60 for m in (0, 30, 61)]


def test_a_live_row_with_an_impossible_time_is_filed_by_its_arrival() -> None:
    """A week late or ten minutes early: in a file of its own, unless it comes from an import."""
    ages = {
        7 * DAY_NS: True,
        7 * DAY_NS + 1: False,
        -10 * HOUR_NS // 60: True,
        -HOUR_NS // 5: False,
    }
    received_ns = 30_000 * DAY_NS
    batch = Batch.of([Row(1, received_ns - age, received_ns, 0, 0) for age in ages])
    by_source, by_arrival = batch.source_ns // HOUR_NS, batch.received_ns // HOUR_NS
    live = filed(batch, np.zeros(4, np.bool_))
    believed = np.array(list(ages.values()))
    assert (live // 2).tolist() == np.where(believed, by_source, by_arrival).tolist()
    assert (live % 2 == 0).tolist() == believed.tolist()
    assert filed(batch, np.ones(4, np.bool_)).tolist() == (2 * by_source).tolist()


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 200), st.integers(0, 3)), max_size=60))
def test_sheets_hold_every_row_in_the_reading_order(rows: list[tuple[int, int, int]]) -> None:
    """Python's stable sort by path and time, hour by hour, is the oracle."""
    paths = {1: "b", 2: "a/z", 3: "c", 4: "a"}  # 5 is unknown to the catalog
    batch = Batch.of([row(signal, minute, nth) for nth, (signal, minute, _) in enumerate(rows)])
    block = np.array(sorted(block for *_, block in rows), np.int64)
    names = Names(paths, dict.fromkeys(paths, "gauge"), {})
    columns = Columns(batch, block)
    sheets = [
        sheet_of(cut.hour, columns.take(cut.places), names)
        for cut in cuts(batch.source_ns // HOUR_NS * 2)
    ]
    expected = sorted(
        enumerate(rows),
        key=lambda one: (one[1][1] // 60, paths.get(one[1][0], "unknown/5"), one[1][1]),
    )
    found = [int(nth) for sheet in sheets for nth in sheet.rows.batch.value]
    assert found == [nth for nth, _ in expected]
    for sheet in sheets:
        runs = np.repeat(sheet.paths, sheet.counts).tolist()
        assert runs == [paths.get(int(signal), "unknown/5") for signal in sheet.rows.batch.signal]
        assert sheet.paths == sorted(set(runs))
    assert [sheet.stem for sheet in sheets] == sorted({sheet.stem for sheet in sheets})


def test_a_file_that_differs_from_its_rows_is_refused(tmp_path: Path) -> None:
    """Each column is read back: bad memory or a bug in a library must not reach the record."""
    (tmp_path / "archive/.part").mkdir(parents=True)
    vault = Vault(tmp_path / "archive")
    columns = Columns(Batch.of([row(1, 1, 2, 3), row(1, 2, 4, 5)]), np.array([8, 9]))
    names = Names({1: "a"}, {1: "text"}, {2: "two", 4: "four"})
    sheet = sheet_of(0, columns, names)
    path = vault.stage(sheet, "{}")
    vault.compare(path, sheet)
    batch = columns.batch
    others = [
        Columns(
            Batch(batch.signal, batch.source_ns + 1, batch.received_ns, batch.value, batch.status),
            columns.block,
        ),
        Columns(
            Batch(batch.signal, batch.source_ns, batch.received_ns + 1, batch.value, batch.status),
            columns.block,
        ),
        Columns(
            Batch(batch.signal, batch.source_ns, batch.received_ns, -batch.value, batch.status),
            columns.block,
        ),
        Columns(
            Batch(batch.signal, batch.source_ns, batch.received_ns, batch.value, batch.status + 1),
            columns.block,
        ),
        Columns(batch, columns.block + 1),
        columns.take(slice(1)),
    ]
    renamed = Names({1: "b"}, {1: "text"}, {2: "two", 4: "four"})
    retold = Names({1: "a"}, {1: "text"}, {2: "two", 4: "FOUR"})
    wrong = [(rows, names) for rows in others] + [(columns, renamed), (columns, retold)]
    for rows, meaning in wrong:
        other = sheet_of(0, rows, meaning)
        with pytest.raises(ArchiveDamaged, match="does not hold the rows written to it"):
            vault.compare(path, other)
    vault.close()


def test_no_flipped_bit_reaches_a_reader(stores: Stores, tmp_path: Path) -> None:
    """Any bit of a part: its rows are left out and the part is named, never a wrong value."""
    (part,) = sealed(stores, [row(1 + n % 2, n % 60, n) for n in range(200)])
    file, dice = tmp_path / "archive" / part.path, random.Random(7)
    whole = file.read_bytes()
    for _ in range(100):
        raw, place = bytearray(whole), dice.randrange(8 * len(whole))
        raw[place // 8] ^= 1 << place % 8
        file.write_bytes(raw)
        with Stores.open(tmp_path, readonly=True) as reading:
            reading.archive.refresh(reading.archive.manifest.state())
            assert len(reading.archive.read(reading.archive.parts)) == 0
            assert list(reading.archive.damaged) == [part.path]


def test_a_database_that_was_asked_often_is_given_up(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps memory of each query until it is closed; the answers stay the same."""
    monkeypatch.setattr("edge.archive.vault.FETCHES", 3)
    (part,) = sealed(stores, [row(1, 0, 1), row(2, 1, 2)])
    vault = stores.archive.vault
    vault.cursor().execute("create table mark as select 1")
    answers = [vault.fetch([part.path], ["s/l/a/good"])["value"].tolist() for _ in range(2)]
    assert vault.cursor().execute("from mark").fetchall() == [(1,)]
    answers += [vault.fetch([part.path], ["s/l/a/good"])["value"].tolist() for _ in range(2)]
    with pytest.raises(duckdb.CatalogException):
        vault.cursor().execute("from mark")
    assert answers == [[2.0]] * 4


def test_a_database_that_nobody_asks_is_given_up(stores: Stores) -> None:
    """Not before somebody has looked twice; who asks next has another, and the same answer."""
    (part,) = sealed(stores, [row(1, 0, 1), row(2, 1, 2)])
    reader, busy = Stores.open(stores.data, readonly=True), list[bool]()
    with reader:
        assert reader.archive.rest()  # nothing was asked for yet
        vault = reader.archive.vault
        for _ in range(2):
            assert vault.fetch([part.path], ["s/l/a/good"])["value"].tolist() == [2.0]
            busy.append(reader.archive.rest())
        cursor = vault.cursor()
        busy += [reader.archive.rest(), reader.archive.rest()]
        assert cursor.execute("select 7").fetchall() == [(7,)]  # at work, to its end
        assert vault.fetch([part.path], ["s/l/a/good"])["value"].tolist() == [2.0]
        busy.append(reader.archive.rest())
    assert busy == [False, False, False, True, False]


def test_a_database_has_no_threads_of_its_own(tmp_path: Path) -> None:
    """Sixteen would wait for files of the network, each with a stack."""
    tasks = Path("/proc/self/task")
    before = len(list(tasks.iterdir()))
    vault = Vault(tmp_path)
    vault.cursor().execute("select 1")
    assert len(list(tasks.iterdir())) == before
    vault.close()


def test_a_record_that_was_changed_breaks_the_chain(stores: Stores) -> None:
    """What a part was recorded to be cannot be edited quietly."""
    sealed(stores, [row(1, 0, 1), row(1, 61, 2)])
    stores.archive.manifest.check()
    stores.db.execute("update part set rows = rows + 1 where n = 2")
    with pytest.raises(ArchiveDamaged, match=r"record 2 of the manifest \(2024-10-04/06"):
        stores.archive.manifest.check()
    stores.db.execute("delete from part where n = 1")
    with pytest.raises(ArchiveDamaged, match="record 2"):
        stores.archive.manifest.check()


def test_a_part_that_ended_is_read_no_more_and_its_record_stays(stores: Stores) -> None:
    """Superseded or expired: the reason is kept, the hash too."""
    one, two = sealed(stores, [row(1, 0, 1), row(1, 61, 2)])
    with stores.journal.transaction():
        stores.archive.manifest.end([one.path], "expired", 5)
    stores.archive.refresh(stores.archive.manifest.state())
    assert stores.archive.parts == [two]
    assert stores.archive.manifest.paths() == {one.path, two.path}
    stores.archive.manifest.check()


def test_a_name_is_never_used_twice(stores: Stores, tmp_path: Path) -> None:
    """Not over a file, a record or an orphan of that name."""
    folder = tmp_path / "archive"
    (folder / "2024-10-04").mkdir()
    (folder / "2024-10-04/05.1.parquet").write_bytes(b"somebody's")
    (folder / ".orphan").mkdir()
    (folder / ".orphan/2024-10-04_05.2.parquet").write_bytes(b"")
    (part,) = sealed(stores, [row(1, 0, 1)])
    assert part.path == "2024-10-04/05.3.parquet"
    assert (folder / "2024-10-04/05.1.parquet").read_bytes() == b"somebody's"


def test_the_database_engine_is_locked_in(tmp_path: Path) -> None:
    """No file outside the archive, no way out through links or dots, no unlocking, no downloads."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (tmp_path / "archive/link.csv").symlink_to(tmp_path / "secret.csv")
    vault = Vault(tmp_path / "archive")
    for path in ("secret.csv", "archive/../secret.csv", "archive/link.csv"):
        with vault.cursor() as cursor, pytest.raises(duckdb.PermissionException):
            cursor.execute("select * from read_csv($1)", [str(tmp_path / path)])
    for unlock in (
        "set enable_external_access = true",
        "set lock_configuration = false",
        "install httpfs",
    ):
        with vault.cursor() as cursor, pytest.raises(duckdb.Error):
            cursor.execute(unlock)
    with vault.cursor() as cursor:
        found = cursor.execute("select current_setting('threads'), current_setting('memory_limit')")
        assert found.fetchall() == [(1, "183.1 MiB")]
    vault.close()


def test_no_room_for_a_part_is_said_and_costs_nothing(stores: Stores, tmp_path: Path) -> None:
    """The blocks stay; once there is room the same seal succeeds."""
    with stores.journal.transaction():
        stores.journal.append(Batch.of([row(1, 0, 1)]))
    (tmp_path / "archive/.part").mkdir()
    (tmp_path / "archive/.part/2024-10-04_05.0.part").mkdir()  # DuckDB cannot write there
    with pytest.raises(JournalFull, match="free disk, nothing is lost"):
        sealing.seal(stores)
    assert (stores.journal.oldest(), stores.archive.manifest.live()) == (0, [])


def test_what_reads_the_archive_fetches_nothing_and_opens_nothing_else(stores: Stores) -> None:
    """DuckDB of itself loads extensions from the network and opens any file that is named."""
    with stores.archive.vault.cursor() as cursor:
        for name in ("autoinstall_known_extensions", "autoload_known_extensions"):
            assert cursor.execute("select current_setting($1)", [name]).fetchone() == (False,)
        with pytest.raises(duckdb.PermissionException):
            cursor.execute("select * from read_text('/etc/hostname')")
        with pytest.raises(duckdb.InvalidInputException, match="locked"):
            cursor.execute("set autoinstall_known_extensions = true")
