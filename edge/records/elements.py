"""The element table and what the fold keeps beside it: tables, columns and their types.

One row per machine and bucket: a quarter hour of one shift, product and order. A year of one line
is some 200,000 rows of 50 columns: read as SQL rows that takes seconds, so rows lie in *parts*,
each an hour or a day (UTC) of one line as packed columns. Rows that a later revision replaced lie
in parts of their own, so that reading the present never meets them. Texts are numbers of the table
`word`; 0 stands for null.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from edge.records.database import metadata

KEYS: Mapping[str, DTypeLike] = {
    "machine": np.int32,  # a word; 0 = the line's own row
    "t0_ns": np.int64,
    "t1_ns": np.int64,
    "product": np.int32,  # a word; 0 = none or not known
    "order": np.int32,  # a word
    "shift_id": np.int32,  # a word, <production_day>/<shift name>
    "production_day": np.int32,  # days since 1970-01-01: astype("datetime64[D]") gives the date
    "planned": np.bool_,
}
DURATIONS: Mapping[str, DTypeLike] = dict.fromkeys(
    (
        "pot_ns",
        "pdot_ns",
        "pbt_ns",
        "apt_ns",
        "aust_ns",
        "adet_ns",
        "adet_external_ns",
        "adot_ns",
        "unknown_ns",
        "unplanned_run_ns",
        "micro_ns",
        "inferred_ns",
        "repair_ns",
        "maintenance_ns",
        "labour_ns",
        "attendance_ns",
        "count_unknown_ns",
    ),
    np.int64,
)
EVENTS: Mapping[str, DTypeLike] = dict.fromkeys(
    ("micro_n", "stops_n", "changeovers_n", "conflicts_n"), np.int32
)
QUANTITIES: Mapping[str, DTypeLike] = dict.fromkeys(
    (
        "pq",
        "gq",
        "sq",
        "rq",
        "rework_in",
        "first_in",
        "first_good",
        "pq_low",
        "pq_high",
        "gq_low",
        "gq_high",
        "energy_kwh",
        "energy_kwh_low",
        "energy_kwh_high",
    ),
    np.float64,
)
VERSIONS: Mapping[str, DTypeLike] = dict.fromkeys(
    ("state_map_version", "calendar_version", "count_version"), np.int32
)
META: Mapping[str, DTypeLike] = {
    "revision": np.int32,
    "status": np.int8,  # PROVISIONAL, FINAL, REVISED
    "knowledge_ns": np.int64,
    "reason": np.int32,  # a word
}
ADDITIVE: Mapping[str, DTypeLike] = {**DURATIONS, **EVENTS, **QUANTITIES}
ELEMENT: Mapping[str, DTypeLike] = {**KEYS, **ADDITIVE, "flags": np.uint32, **VERSIONS, **META}
USAGE: Mapping[str, DTypeLike] = {
    **KEYS,
    "material": np.int32,  # a word
    "unit": np.int32,  # a word
    "quantity": np.float64,
    "quantity_low": np.float64,
    "quantity_high": np.float64,
    **META,
}
SPAN: Mapping[str, DTypeLike] = {
    "machine": np.int32,  # a word; 0 = the line, whose state is that of its machine
    "t0_ns": np.int64,
    "t1_ns": np.int64,
    "state": np.int8,  # kpi.states.State
    "product": np.int32,  # a word
}
CODED = frozenset(
    {"machine", "product", "order", "shift_id", "material", "unit", "reason", *VERSIONS}
)

PROVISIONAL, FINAL, REVISED = 0, 1, 2
STATUS = ("provisional", "final", "revised")

ROLLOVER, RESET, DROPPED, COUNT_UNKNOWN, QUARANTINED, INFERRED, CONFLICT, SPLIT = (
    1 << bit for bit in range(8)
)
LOOSE, LATE, MANUAL, SCRAP_UNATTRIBUTED, NO_IDEAL_CYCLE, CLOCK_UNCERTAIN, HIDES_MICRO_STOPS = (
    1 << bit for bit in range(8, 15)
)
NOT_COMPARED = np.uint32(LATE | HIDES_MICRO_STOPS)
"""Flags that rows of before had not, or that tell when something came to be known."""

LAYOUTS: Mapping[str, Mapping[str, DTypeLike]] = {
    "element": ELEMENT,
    "element_replaced": ELEMENT,
    "usage": USAGE,
    "usage_replaced": USAGE,
    "span": SPAN,
}
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "element": ("machine", "t0_ns"),
    "usage": ("machine", "t0_ns", "material"),
}


def whole(name: str, **more: Any) -> Column[int]:  # noqa: ANN401 - SQLAlchemy's own options
    """A column of 64-bit integers that is never null unless said."""
    return Column(name, BigInteger, **{"nullable": False, **more})


def words(name: str, **more: Any) -> Column[str]:  # noqa: ANN401 - SQLAlchemy's own options
    """A column of texts that is never null unless said."""
    return Column(name, Text, **{"nullable": False, **more})


part = Table(
    "part",
    metadata,
    Column("id", Integer, primary_key=True),
    words("kind"),  # a key of LAYOUTS
    words("line"),
    whole("from_ns"),  # an hour or a day UTC: rows whose t0_ns lies in it
    whole("to_ns"),
    whole("rows"),
    Column("body", LargeBinary, nullable=False),
    whole("restated_ns", nullable=True),  # knowledge of the newest revision in it; null = open it
    UniqueConstraint("line", "kind", "from_ns"),
)
word = Table("word", metadata, Column("id", Integer, primary_key=True), words("text", unique=True))
loose = Table(
    "loose",
    metadata,
    Column("id", Integer, primary_key=True),
    words("line"),
    words("machine", nullable=True),  # null = the line's own
    words("quantity"),  # pq gq sq rq energy_kwh, or a material
    whole("t0_ns"),  # the increment covers (t0_ns, t1_ns]
    whole("t1_ns"),
    whole("bucket_ns"),  # start of the bucket in which it ends, which has flag 256
    Column("amount", Float),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    whole("knowledge_ns"),
    whole("replaced_ns", nullable=True),  # null = holds
    Index("loose_by_bucket", "line", "bucket_ns"),
)
mark = Table(
    "mark",
    metadata,
    Column("id", Integer, primary_key=True),
    words("line"),
    whole("from_ns"),
    whole("to_ns"),
    words("origin"),
    sqlite_autoincrement=True,  # a number is never used twice: a fold removes what it read
)
anchor = Table(
    "anchor",
    metadata,
    words("line", primary_key=True),
    whole("at_ns", primary_key=True),
    words("body"),
    sqlite_with_rowid=False,
)
extent = Table(
    "extent",
    metadata,
    words("line", primary_key=True),
    words("machine", primary_key=True),
    whole("first_ns"),  # proofs of life
    whole("last_ns"),
    whole("watermark_ns"),  # buckets that end up to here are final
    sqlite_with_rowid=False,
)
fold_state = Table(
    "fold_state",
    metadata,
    words("name", primary_key=True),  # scanned, open:<line>, versions:<line>
    words("value"),
    sqlite_with_rowid=False,
)
