"""What the stores and the sink hold, as the rows of the judge."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from operator import itemgetter
from pathlib import Path

from tests.faults.checker import Row
from tests.servers.influxdb_server import Server
from tests.system.witness import Sample, decoded

SITE = "hanbit/mask-1"
LAST_BLOCKS = "select body from block order by seq desc limit 10"
ASIDE = "select coalesce(sum(rows), 0) from quarantine where source = ?"


def latest(data: Path) -> dict[str, int]:
    """The newest source time of each signal in the last blocks of the journal."""
    with closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
        paths = dict(db.execute("select id, path from signal").fetchall())
        blocks = db.execute(LAST_BLOCKS).fetchall()
    rows = [row for (body,) in blocks if body for row in decoded(body)]
    return {paths[signal]: source_ns for signal, source_ns, *_ in sorted(rows, key=itemgetter(1))}


def by_signal(samples: list[Sample]) -> Mapping[str, list[Row]]:
    """The rows of each signal, in the order in which they are given."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for one in samples:
        assert one.value is not None, one
        rows[one.signal].append(Row(one.source_ns, one.value))
    return rows


def points(server: Server) -> Mapping[str, list[Row]]:
    """What InfluxDB holds of the line."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for point in server.points("mask-1"):
        assert point.value is not None, point
        rows[f"{SITE}/{point.machine}/{point.signal}"].append(Row(point.time_ns, point.value))
    return rows


def set_aside(data: Path, source: str) -> int:
    """How many rows of a source, or of a sink, lie in quarantine."""
    with closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as db:
        (rows,) = db.execute(ASIDE, (source,)).fetchone()
    return int(rows)
