"""Sealing: blocks of the journal become parts of the archive, then leave the journal.

The order of steps is what makes a crash at any of them harmless; each ends in a crash point:
the chain of the blocks is checked (`seal.1`); each source hour is written to a staged file
(`seal.2`), read back and held against the blocks (`seal.3`), hashed and on the disk (`seal.4`),
linked to its final name (`seal.5`); the folders are on the disk (`seal.6`); one transaction records
all parts and moves the boundary (`seal.7`); the blocks are trimmed in small steps (`trim.1`).
"""

import errno
import importlib.metadata
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from edge.archive.columns import Columns, Sheet
from edge.archive.manifest import Part
from edge.archive.sheets import Block, Cut, Names, cuts, sheet_of, unpacked
from edge.archive.vault import ORPHANS, SPILL, STAGING, Vault, digest, flush
from edge.crash import crash_point
from edge.errors import JournalFull, Misconfigured
from edge.journal import Journal
from edge.model import HOUR_NS, SECOND_NS
from edge.packing import head
from edge.stores import Stores, locked

GRACE_NS = 300 * SECOND_NS  # what comes within five minutes belongs to its hour's first part
ENOUGH_ROWS = 500_000
MOST_ROWS = 1_000_000  # in memory at a time: 200 MB
TRIM_BLOCKS = 64
READ_BLOCKS = 64
LARGE_BYTES = 64_000  # of a packed block of some 7,000 rows
SCRUB_EVERY_NS = 20 * SECOND_NS
FULL = {errno.ENOSPC, errno.EDQUOT}
THREADS = min(4, os.cpu_count() or 1)


def due(stores: Stores, now_ns: int) -> int | None:
    """The block up to which it is time to seal; None where nothing is.

    Full hours are due five minutes later, with whatever of them came by then; and everything is
    once 500,000 rows wait.
    """
    heads = stores.journal.heads(stores.archive.manifest.state().through)
    if sum(facts.rows for _, facts in heads) >= ENOUGH_ROWS:
        return heads[-1][0]
    hour_ns = (now_ns - GRACE_NS) // HOUR_NS * HOUR_NS
    return max(
        (seq for seq, facts in heads if facts.rows and facts.first_ns < hour_ns), default=None
    )


def waiting(stores: Stores, upto: int) -> int:
    """Rows in the blocks up to a number that are not sealed."""
    heads = stores.journal.heads(stores.archive.manifest.state().through)
    return sum(facts.rows for seq, facts in heads if seq <= upto)


def seal(
    stores: Stores,
    upto: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
    most_rows: int = MOST_ROWS,
) -> int:
    """Move blocks up to a number, or all there are, into the archive; how many rows went.

    One process seals at a time; a second one waits. What fails leaves the blocks where they are.

    Args:
        stores: of the calling thread.
        upto: the last block to seal.
        progress: told the rows after each round.
        most_rows: of a round. Fewer take less memory, and make more parts of a busy hour.

    Raises:
        ArchiveDamaged: a part does not read back as written.
        JournalDamaged: the chain of the blocks is broken.
        JournalFull: no room on the disk.
    """
    last, rows = stores.journal.newest() if upto is None else upto, 0
    with locked(stores.data / "seal.lock", wait=True):
        while (through := stores.archive.manifest.state().through) < last:
            done = one_round(stores, through, last, most_rows)
            rows += done
            progress(done)
        trim(stores)
    return rows


def trim(stores: Stores) -> None:
    """Forget sealed blocks, in small steps so that nobody waits for the write lock."""
    through = stores.archive.manifest.state().through
    while (oldest := stores.journal.oldest()) < through:
        with stores.journal.transaction():
            stores.journal.trim(min(oldest + TRIM_BLOCKS, through))
        crash_point("trim.1")


def one_round(stores: Stores, after: int, last: int, most_rows: int) -> int:
    """Take as many blocks as make so many rows through all steps; how many rows."""
    blocks = taken(stores.journal, after, last, most_rows)
    crash_point("seal.1")
    through = blocks[-1][0]
    link = stores.journal.link(through).hex()
    facts = {"software": f"lineproof {version()}", "block": through, "link": link}
    staging = stores.archive.folder / STAGING
    staging.mkdir(exist_ok=True)
    try:
        parts = made(stores, blocks, facts)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise JournalFull(f"{staging}: {error.strerror}; free disk, nothing is lost") from error
    finally:
        empty(staging)
    with stores.journal.transaction():
        stores.archive.manifest.record(parts, through)
    crash_point("seal.7")
    return sum(part.rows for part in parts)


def taken(journal: Journal, after: int, last: int, room: int) -> list[Block]:
    """The next blocks, checked against their chain, as many as there is room for; at least one."""
    found = list[Block]()
    while after < last and room > 0:
        for seq, body in journal.bodies(after, min(READ_BLOCKS, last - after)):
            rows = head(body).rows
            if found and rows > room:
                return found
            room, after = room - rows, seq
            found.append((seq, body))
    return found


def made(stores: Stores, blocks: list[Block], facts: dict[str, object]) -> list[Part]:
    """Files under their final names and on the disk, one or two for each hour that has rows."""
    catalog, vault = stores.catalog, stores.archive.vault
    names = Names(catalog.paths(), catalog.kinds(), catalog.symbols())
    entries = catalog.entries()

    def staged(cut: Cut) -> Staged:
        sheet = sheet_of(cut.hour, rows.take(cut.places), names)
        return stage(vault, sheet, sheet.about(facts, entries))

    with ThreadPoolExecutor(THREADS, "seal") as pool:
        pieces = list(pool.map(unpacked, shares(blocks)))
        rows = Columns.concat([rows for rows, _ in pieces])
        file = np.concatenate([file for _, file in pieces])
        del pieces
        files = list(pool.map(staged, cuts(file)))
    return publish(vault, files, stores.archive.manifest.paths())


def shares(blocks: list[Block]) -> Iterator[list[Block]]:
    """Blocks in runs of neighbours, as many as there are threads; small blocks as one.

    Of small ones most of the time goes into calls that only one thread can make.
    """
    are_small = sum(len(body) for _, body in blocks) < len(blocks) * LARGE_BYTES
    size = len(blocks) if are_small else -(-len(blocks) // THREADS)
    for at in range(0, len(blocks), size):
        yield blocks[at : at + size]


class Staged(NamedTuple):
    """A file on the disk that holds an hour, checked and hashed, and its record to be."""

    path: Path
    part: Part  # under the stem of its name


def stage(vault: Vault, sheet: Sheet, about: str) -> Staged:
    """Write, check, hash and flush one file."""
    path = vault.stage(sheet, about)
    crash_point("seal.2")
    vault.compare(path, sheet)
    crash_point("seal.3")
    made = Staged(path, sheet.part(sheet.stem, digest(path), path.stat().st_size))
    flush(path)
    crash_point("seal.4")
    return made


def publish(vault: Vault, staged: list[Staged], used: set[str]) -> list[Part]:
    """Give all staged files their names, and have the names on the disk too."""
    parts, days = list[Part](), set[Path]()
    for path, part in staged:
        day = (vault.folder / part.path).parent
        if not day.exists():
            day.mkdir()
            flush(vault.folder)
        days.add(day)
        parts.append(replace(part, path=vault.publish(path, part.path, used)))
        crash_point("seal.5")
    for day in days:
        flush(day)
    crash_point("seal.6")
    return parts


def tidy(stores: Stores) -> list[str]:
    """Put the archive in order at the start; what was found, as sentences.

    Staged files are removed, files that no record knows are set aside, missing ones and those of
    another size are named as damaged, sealed blocks are trimmed. While another process seals,
    nothing is touched.

    Raises:
        Misconfigured: the file system cannot hold an archive.
    """
    folder = stores.archive.folder
    with locked(stores.data / "seal.lock") as held:
        if not held:
            return []
        probe(folder)
        for name in (STAGING, SPILL):
            empty(folder / name)
        found = [*set_aside(folder, stores.archive.manifest.paths())]
        trim(stores)
    for part in stores.archive.manifest.live():
        file = folder / part.path
        size = file.stat().st_size if file.exists() else None
        if size != part.size:
            seen = "missing" if size is None else f"{size} bytes instead of {part.size}"
            stores.archive.damaged[part.path] = seen
            found.append(f"archive/{part.path} is {seen}; its rows are a gap")
    return found


def scrub(stores: Stores, now_ns: int) -> None:
    """Hash one part anew, another one at each call: what nobody reads is looked at as well.

    Which one, the clock says: with 10,000 of them each has its turn within three days, over
    restarts too.
    """
    parts = stores.archive.manifest.live()
    if parts:
        stores.archive.verify(parts[now_ns // SCRUB_EVERY_NS % len(parts)])


def probe(folder: Path) -> None:
    """Raise unless the file system has hard links and flushes folders.

    Raises:
        JournalFull: it has no room even for an empty file.
        Misconfigured: it cannot hold an archive.
    """
    staging = folder / STAGING
    staging.mkdir(parents=True, exist_ok=True)
    one, two = staging / "probe", staging / "probe2"
    try:
        one.touch()
        two.unlink(missing_ok=True)
        os.link(one, two)
        flush(staging)
    except OSError as error:
        if error.errno in FULL:
            raise JournalFull(f"{staging}: {error.strerror}; free disk, nothing is lost") from error
        raise Misconfigured(
            f"{folder}: {error}; the archive needs hard links: use ext4, not FAT"
        ) from error
    finally:
        empty(staging)


def set_aside(folder: Path, known: set[str]) -> Iterator[str]:
    """Move files of day folders that no record knows to `.orphan`, and name them."""
    for file in sorted(folder.glob("[0-9]*/*")):
        name = file.relative_to(folder).as_posix()
        if name not in known:
            (folder / ORPHANS).mkdir(exist_ok=True)
            file.rename(folder / ORPHANS / name.replace("/", "_"))
            yield f"archive/{name} is in no record; set aside in archive/{ORPHANS}"


def empty(folder: Path) -> None:
    """Remove what a writer before us left in a folder of temporary files."""
    for left in folder.glob("*") if folder.exists() else ():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def version() -> str:
    """Of this software, for the parts it writes."""
    try:
        return importlib.metadata.version("lineproof")
    except importlib.metadata.PackageNotFoundError:
        return "of a source tree"
