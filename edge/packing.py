"""A block's body: rows packed to the bit, and unpacked again.

A body, for foreign readers; numbers are little-endian:

    u8 format = 1 · u8 flags · u16 zero · u32 rows · i64 first · i64 last source time in ns
    one Zstandard frame of 32 bytes per row, column after column:
        signal u32 · source_ns u64 · received_ns u64 · value u64 · status u32

Each column lies in byte planes: the lowest byte of every row, then the next byte of every row.
`source_ns` and `received_ns` are differences to the row before, the first to 0, modulo 2^64, zigzag
coded: (d << 1) ^ (d >> 63). `value` holds the 64 bits of the doubles, rows stably sorted by signal,
each XOR the one before it. Flag 1: the source times are history, not to be doubted (an import).
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import zstandard
from numpy.typing import NDArray

from edge.errors import JournalDamaged
from edge.model import F64, I64, U32, Batch

U64 = NDArray[np.uint64]

HEAD = struct.Struct("<BBHIqq")
FORMAT = 1
HISTORY = 1  # flag: rows of an import are filed by their source time, however old
ROW_BYTES = 32


class Head(NamedTuple):
    """What a body says about itself without being unpacked."""

    rows: int
    first_ns: int
    last_ns: int
    history: bool


def head(body: bytes) -> Head:
    """What a body says about itself; an empty block ends before all time."""
    _, flags, _, rows, first_ns, last_ns = HEAD.unpack_from(body)
    return Head(rows, first_ns, last_ns, bool(flags & HISTORY))


def is_before(body: bytes, since_ns: int | None) -> bool:
    """Whether all rows of a body are older; never, where no time is given."""
    return since_ns is not None and head(body).last_ns < since_ns


def pack(batch: Batch, *, history: bool = False) -> bytes:
    """The body of a block, to the bit; see the module's head."""
    times = batch.source_ns
    first_ns, last_ns = (int(times.min()), int(times.max())) if len(batch) else (0, -(1 << 63))
    raw = np.zeros((ROW_BYTES, len(batch)), np.uint8)
    lay(raw[:4], batch.signal)
    lay(raw[4:12], zigzag(times))
    lay(raw[12:20], zigzag(batch.received_ns))
    lay(raw[20:28], xor(batch.value, by_signal(batch.signal)))
    lay(raw[28:], batch.status)
    frame = zstandard.ZstdCompressor(level=1).compress(raw.data)
    flags = HISTORY if history else 0
    return HEAD.pack(FORMAT, flags, 0, len(batch), first_ns, last_ns) + frame


def unpack(*bodies: bytes) -> Batch:
    """The rows of one block or more, one after the other, to the bit.

    Small blocks are unpacked together: what numpy asks for a call is more than their rows do.

    Raises:
        JournalDamaged: a body is of a format that a later version wrote.
    """
    decompress = zstandard.ZstdDecompressor().decompress
    found = [planes_of(body, decompress) for body in bodies]
    planes = found[0] if len(found) == 1 else np.concatenate(found, axis=1)
    counts = np.array([one.shape[1] for one in found if one.shape[1]], np.int64)
    begins = np.cumsum(counts) - counts
    signal = numbers(planes[:4]).view("<u4")
    order = by_signal(signal)
    if len(begins) > 1:
        order = order[by_signal(np.repeat(np.arange(len(begins), dtype=np.uint32), counts)[order])]
    return Batch(
        signal,
        unzigzag(numbers(planes[4:12]).view("<u8"), begins),
        unzigzag(numbers(planes[12:20]).view("<u8"), begins),
        unxor(numbers(planes[20:28]).view("<u8"), order, begins),
        numbers(planes[28:]).view("<u4"),
    )


def planes_of(body: bytes, decompress: Callable[[bytes, int], bytes]) -> NDArray[np.uint8]:
    """The byte planes of a block, shape (ROW_BYTES, rows)."""
    if body[0] != FORMAT:
        raise JournalDamaged(f"a block has format {body[0]}, not {FORMAT}; use a newer version")
    rows = head(body).rows
    raw = decompress(body[HEAD.size :], rows * ROW_BYTES)
    return np.frombuffer(raw, np.uint8).reshape(ROW_BYTES, rows)


def numbers(planes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The bytes of a column, row after row, from its planes."""
    return np.ascontiguousarray(planes.T).reshape(-1)


def lay(planes: NDArray[np.uint8], column: U32 | U64) -> None:
    """Lay the bytes of a column into planes of zeros, the lowest byte of every row first.

    Equal bytes side by side pack well. Planes that stay zeros are not touched: of differences the
    first row alone is large.
    """
    width = len(planes)
    raw = np.ascontiguousarray(column).view(np.uint8).reshape(-1, width)
    used = (int(column[1:].max(initial=0)).bit_length() + 7) // 8
    planes[:used] = raw.T[:used]
    planes[:, :1] = raw[:1].T


def zigzag(times: I64) -> U64:
    """Differences to the row before, modulo 2^64, small ones of either sign as small numbers."""
    step = times.copy()
    step[1:] -= times[:-1]
    sign = step >> 63
    step <<= 1
    step ^= sign
    return step.view(np.uint64)


def unzigzag(coded: U64, begins: I64) -> I64:
    """The times whose `zigzag` this is; at each of `begins` they are counted from 0 again."""
    step = (coded >> np.uint64(1)) ^ (np.uint64(0) - (coded & np.uint64(1)))
    step[begins[1:]] -= np.add.reduceat(step, begins)[:-1]
    return np.cumsum(step, dtype=np.uint64).view(np.int64)


def by_signal(signal: U32) -> NDArray[np.intp]:
    """Positions in stable order of signal; few signals sort as 16-bit numbers, in linear time."""
    narrow = signal.astype(np.uint16) if len(signal) and signal.max() < 1 << 16 else signal
    return np.argsort(narrow, kind="stable")


def xor(value: F64, order: NDArray[np.intp]) -> U64:
    """The bits of the values in that order, each XOR the one before it."""
    bits = value.view(np.uint64)[order]
    coded = bits.copy()
    coded[1:] ^= bits[:-1]
    return coded


def unxor(coded: U64, order: NDArray[np.intp], begins: I64) -> F64:
    """The values whose `xor` this is; at each of `begins` the first stands as it is."""
    coded = coded.copy()
    coded[begins[1:]] ^= np.bitwise_xor.reduceat(coded, begins)[:-1]
    value = np.empty(len(coded), np.float64)
    value.view(np.uint64)[order] = np.bitwise_xor.accumulate(coded)
    return value
