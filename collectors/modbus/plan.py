"""Which requests read the wanted points, and how an answer's bytes become their values.

Points that lie side by side share a request. Word and byte order are nothing but an order in which
the bytes of an answer are taken, so each type of a request is one look-up and one view.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from collectors.modbus.settings import MOST_BITS, Config, Point, Table
from edge.doubles import rounded
from edge.model import (
    F64,
    I64,
    STATUS_BAD_OUT_OF_RANGE,
    STATUS_GOOD,
    STATUS_UNCERTAIN_ROUNDED,
    U32,
)

DTYPES = {
    "int16": ">i2",
    "uint16": ">u2",
    "int32": ">i4",
    "uint32": ">u4",
    "int64": ">i8",
    "uint64": ">u8",
    "float32": ">f4",
    "float64": ">f8",
    "bool": ">u2",
}


class Column(NamedTuple):
    """The points of one type in a request."""

    rows: I64  # which points of the request
    places: I64  # for each the bytes of the answer, highest first; shape (points, size)
    dtype: str
    bits: NDArray[np.uint16] | None  # of a register, where the type is bool


@dataclass(frozen=True, slots=True)
class Group:
    """One request: some points of one table of one device, sorted by address."""

    unit: int
    table: Table
    address: int
    count: int  # registers or bits
    points: tuple[Point, ...]
    signal: U32
    columns: tuple[Column, ...]

    @classmethod
    def of(cls, unit: int, points: Iterable[Point]) -> Self:
        """The request that reads these points, which its caller found to fit in one."""
        taken = tuple(sorted(points, key=_extent))
        first, end = taken[0].address, max(point.address + point.length for point in taken)
        signal = np.array([point.signal for point in taken], np.uint32)
        table = taken[0].table
        columns = () if taken[0].is_bit else tuple(_columns(taken, first))
        return cls(unit, table, first, end - first, taken, signal, columns)

    def halves(self) -> tuple["Group", "Group"]:
        """Two requests in place of this one, which has more than one point."""
        middle = len(self.points) // 2
        return Group.of(self.unit, self.points[:middle]), Group.of(self.unit, self.points[middle:])

    def values(self, data: bytes) -> tuple[F64, U32]:
        """Value and status of each point, from the registers or bits of an answer."""
        raw, status = (
            np.frombuffer(data, np.uint8),
            np.full(len(self.points), STATUS_GOOD, np.uint32),
        )
        if not self.columns:
            offsets = np.array([point.address - self.address for point in self.points])
            bits: F64 = np.unpackbits(raw, bitorder="little")[offsets].astype(np.float64)
            return bits, status
        values = np.empty(len(self.points))
        for column in self.columns:  # of types, not of samples
            found = np.ascontiguousarray(raw[column.places]).view(column.dtype)[:, 0]
            if column.bits is not None:
                found = found >> column.bits & 1
            with np.errstate(invalid="ignore"):  # a signalling NaN is a NaN to us
                values[column.rows] = found
            wrong = rounded(found, values[column.rows])
            if wrong is not None:
                status[column.rows[wrong]] = STATUS_UNCERTAIN_ROUNDED
        status[np.isnan(values)] = STATUS_BAD_OUT_OF_RANGE
        return values, status


def grouped(config: Config) -> list[Group]:
    """The fewest requests that read all points within the limits of protocol and configuration."""

    def device(point: Point) -> tuple[int, Table]:
        return config.unit_of(point), point.table

    found = list[Group]()
    for (unit, table), of_table in groupby(sorted(config.points, key=device), device):
        bits = table in ("coil", "discrete")
        most, gap = (MOST_BITS, 0) if bits else (config.max_registers, config.max_gap)
        ordered = sorted(of_table, key=_extent)
        found += [Group.of(unit, some) for some in _runs(ordered, most, gap)]
    return found


def _runs(points: list[Point], most: int, gap: int) -> Iterator[list[Point]]:
    """Neighbours that fit into one request, as many as possible each."""
    run, end = list[Point](), 0
    for point in points:
        until = max(end, point.address + point.length)
        if run and (point.address > end + gap or until - run[0].address > most):
            yield run
            run, until = [], point.address + point.length
        run.append(point)
        end = until
    if run:
        yield run


def _extent(point: Point) -> tuple[int, int]:
    return point.address, point.length


def _columns(points: tuple[Point, ...], first: int) -> Iterator[Column]:
    for name, dtype in DTYPES.items():
        rows = [at for at, point in enumerate(points) if (point.type or "uint16") == name]
        if rows:
            places = [_bytes_of(points[at], first) for at in rows]
            bits = [points[at].bit or 0 for at in rows]
            yield Column(
                np.array(rows),
                np.array(places),
                dtype,
                np.array(bits, np.uint16) if name == "bool" else None,
            )


def _bytes_of(point: Point, first: int) -> list[int]:
    """Where an answer that begins at `first` has the bytes of a point, highest first."""
    words = [2 * (point.address - first + word) for word in range(point.length)]
    if point.word_order == "little":
        words.reverse()
    inside = (1, 0) if point.byte_order == "little" else (0, 1)
    return [word + byte for word in words for byte in inside]
