"""Row 27: a start with all that years leave behind, ten thousand parts and ten million rows."""

import csv
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from pyarrow import compute, concat_tables, parquet

from edge.model import HOUR_NS, SECOND_NS, Batch
from edge.stores import Stores
from tests.faults.matrix import fault
from tests.faults.reading import SITE
from tests.faults.rows_storage import sealed
from tests.faults.stage import UP_S, Stage
from tests.servers.influxdb_server import BUCKET
from tests.system.rig import Document, lineproof, mqtt, reported, until

PARTS, ROWS = 10_000, 10_000_000
BLOCK, BLOCKS = 1_000, 50  # rows of a commit; commits that are written together
EVERY_NS = SECOND_NS // 200
SIGNALS = 60
SCATTER = 7_919  # shares no factor with ROWS: every row has a value of its own, in no order
FILES = "[0-9]*/*.parquet"
OLD = "mask-9"  # the line that all of it is of; the judge looks at the other
HERE = f"{SITE.partition('/')[0]}/{OLD}"
START_S = 20.0  # longer than a start on little
SLOWEST = 4_000  # rows a second that a sink gets: twenty times what comes
LOOK_S = 1.0
DRAINED_S = 900.0


@fault("27", "start on 10,000,000 rows in the journal and 10,000 parts", influx="1.8.10")
def start_heavy(stage: Stage) -> float:
    """Sources are heard as soon as ever, and the sink gets all of it beside what is new."""
    stage.connected()
    light_s = configured(stage)
    many_parts(stage)
    stage.gateway.stop()
    prefill(stage.gateway.data)
    stage.beside, stage.apart = HERE, ("before", "import")  # all that is counted here
    stage.gateway.start()
    waited_s = stage.fresh(time.time_ns(), UP_S)
    sys.stderr.write(f"  rows after {waited_s:.1f} s, {light_s:.1f} s where there is little\n")
    assert waited_s <= light_s + START_S
    drained(stage)
    wanted = {"hours": (PARTS, PARTS * (PARTS - 1) // 2), "gauges": (ROWS, ROWS * (ROWS - 1) // 2)}
    assert in_archive(stage) == wanted
    assert in_sink(stage) == wanted
    until(stage.gateway.answers, "pages are served")
    told = {one["id"]: one["stored"] for one in stage.gateway.get("accounting")["sources"]}
    assert (told["before"], told["import"]) == (ROWS, PARTS)
    return waited_s


def configured(stage: Stage) -> float:
    """Add the line of the past; seconds that such a start takes on this machine as it is."""
    document = stage.document()
    gauges = {f"g{n}": mqtt(f"old/{n}", kind="gauge", unit="1") for n in range(SIGNALS)}
    hours: Document = {"hours": mqtt("old/hours", kind="gauge", unit="1"), **gauges}
    machine: Document = {"id": "body", "signals": hours}
    document["lines"].append({**document["lines"][0], "id": OLD, "machines": [machine]})
    stage.gateway.stop()
    stage.gateway.write(document)
    stage.gateway.start()
    return stage.fresh(time.time_ns(), UP_S)


def many_parts(stage: Stage) -> None:
    """A row in each of ten thousand hours, brought in beside the service."""
    path, end = stage.folder / "hours.csv", datetime.now(UTC).replace(minute=30, second=0)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["signal", "source_time", "value"])
        for n in range(PARTS):
            at = end - timedelta(hours=PARTS + 48 - n)
            table.writerow([f"{HERE}/body/hours", at.isoformat(), n])
    lineproof("import", "samples", path, "--config", stage.gateway.folder, within_s=DRAINED_S)
    until(
        lambda: len(list((stage.gateway.data / "archive").glob(FILES))) >= PARTS,
        "it seals",
        DRAINED_S,
    )


def listed(stage: Stage) -> list[Document]:
    """The parts that there are."""
    found: list[Document] = reported("archive", "list", "--config", stage.gateway.folder)["parts"]
    return found


def prefill(data: Path) -> None:
    """Put ten million rows of the last hours into the journal, as a service does."""
    last_ns = time.time_ns() - 2 * HOUR_NS  # so that all of it is due to be sealed
    with Stores.open(data) as stores:
        names = [f"{HERE}/body/g{n}" for n in range(SIGNALS)]
        with stores.journal.transaction():
            ids = stores.catalog.ids(dict.fromkeys(names, ("gauge", "1", "broker")))
            stores.catalog.write()
            stores.ledger.count("before", ROWS, 0, 0)
        numbers = np.array([ids[name] for name in names], np.uint32)
        for first in range(0, ROWS, BLOCK * BLOCKS):
            with stores.journal.transaction():
                for batch in batches(first, last_ns, numbers):
                    stores.journal.append(batch)


def batches(first: int, last_ns: int, numbers: np.typing.NDArray[np.uint32]) -> Iterator[Batch]:
    """Some commits of rows, of all signals in turn."""
    for begin in range(first, first + BLOCK * BLOCKS, BLOCK):
        n = np.arange(begin, begin + BLOCK)
        times = last_ns - (ROWS - n) * EVERY_NS
        value = (n * SCATTER % ROWS).astype(np.float64)
        yield Batch(numbers[n % SIGNALS], times, times, value, np.zeros(BLOCK, np.uint32))


def drained(stage: Stage) -> None:
    """Wait until the sink has all of it, from its first rows on in no quarter too slowly."""
    before = confirmed(stage.gateway.data)
    until(lambda: confirmed(stage.gateway.data) > before, "it begins", DRAINED_S)
    seen, late_s = [(time.monotonic(), confirmed(stage.gateway.data))], list[float]()
    while seen[-1][1] < ROWS + PARTS:
        assert time.monotonic() < seen[0][0] + DRAINED_S, seen[-1]
        stage.run_for(LOOK_S)
        seen.append((time.monotonic(), confirmed(stage.gateway.data)))
        late_s.append((time.time_ns() - stage.newest()) / 1e9)
    at_s, rows = np.array(seen).T
    quarters = np.interp(np.linspace(rows[0], rows[-1], 5), rows, at_s)
    speeds = (rows[-1] - rows[0]) / 4 / np.diff(quarters)
    p95_s = float(np.percentile(late_s, 95))
    sys.stderr.write(f"  drained at {speeds.round()} rows/s by quarter, live p95 {p95_s:.1f} s\n")
    assert speeds.min() >= SLOWEST, speeds


def confirmed(data: Path) -> int:
    """Rows that the sink has got, as its cursor says."""
    with closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
        found = db.execute("select confirmed from cursor where name = 'influx'").fetchone()
    return int(found[0]) if found else 0


def in_archive(stage: Stage) -> dict[str, tuple[int, int]]:
    """How many different values the parts hold of that line, and their sum; none is there twice."""
    until(lambda: sealed(stage.gateway.data) >= ROWS + PARTS, "it seals", DRAINED_S)
    paths = [stage.gateway.data / one["path"] for one in listed(stage)]
    read = partial(parquet.read_table, columns=["signal", "value"], partitioning=None)
    whole = concat_tables(map(read, paths))
    found = {}
    for name, start in (("hours", f"{HERE}/body/hours"), ("gauges", f"{HERE}/body/g")):
        values = whole.filter(compute.starts_with(whole["signal"], start))["value"]
        different = compute.count_distinct(values).as_py()
        assert len(values) == different, f"{len(values) - different} rows of {name} are there twice"
        found[name] = different, int(compute.sum(values).as_py())
    return found


def in_sink(stage: Stage) -> dict[str, tuple[int, int]]:
    """How many points the sink has of that line, and the sum of their values."""
    assert stage.sink is not None
    found = {"hours": (0, 0), "gauges": (0, 0)}
    question = f'SELECT count(value), sum(value) FROM "{OLD}" GROUP BY signal'
    for series in stage.sink.query(question, BUCKET):
        name = "hours" if series["tags"]["signal"] == "hours" else "gauges"
        ((_, count, total),) = series["values"]
        found[name] = found[name][0] + count, found[name][1] + int(total)
    return found
