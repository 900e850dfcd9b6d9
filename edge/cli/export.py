"""`lineproof export`: samples of an interval as CSV, Parquet or NDJSON."""

import os
from pathlib import Path

from edge.archive.exporting import OPTIONS, write
from edge.cli.output import counted, note, progress, say_json
from edge.cli.site import interval, reading, site_of
from edge.errors import NotFound, Refused
from edge.history import History
from edge.stores import Stores


def command(
    config: Path, span: tuple[str, str], signals: list[str], target: tuple[str, Path], *, json: bool
) -> None:
    """Write the file; rows by signal path and source time, columns as in the archive."""
    form, out = target
    loaded = site_of(config)
    from_ns, to_ns = interval(loaded, span)
    unknown = set(signals) - set(loaded.site.signals())
    if unknown:
        known = ", ".join(loaded.site.signals())
        raise NotFound(f"no such signal: {', '.join(sorted(unknown))}; there are {known}")
    with reading(loaded) as stores, progress("exporting") as told:
        sheets = History(stores).rows(signals or None, from_ns, to_ns)
        held = rows_between(stores, from_ns, to_ns)
        rows = write(sheets, form, out, lambda done: told(min(1.0, done / held)))
    if json:
        say_json({"file": str(out), "format": form, "rows": rows})
    else:
        note(f"{counted(rows, 'row')} in {out}")


def checked(form: str, out: Path, *, force: bool) -> tuple[str, Path]:
    """Format and file, if they can be written.

    Raises:
        NotFound: no such folder.
        Refused: no such format, or a file that is there already and nobody said `--force`.
    """
    if form not in OPTIONS:
        raise Refused(f"--format is '{form}'; write one of {', '.join(OPTIONS)}")
    if not out.absolute().parent.is_dir():
        raise NotFound(f"{out}: there is no such folder; make it, or choose another --out")
    if out.is_dir():
        raise Refused(f"{out} is a folder; name a file in it, such as {out / f'samples.{form}'}")
    if not os.access(out.absolute().parent, os.W_OK):
        raise Refused(f"{out}: you may not write there; choose another --out")
    if out.exists() and not force:
        raise Refused(f"{out} is there already; choose another --out, or write over it by --force")
    return form, out


def rows_between(stores: Stores, from_ns: int, to_ns: int) -> int:
    """At most so many rows lie in an interval: all of the parts that touch it, and the journal."""
    state = stores.archive.manifest.state()
    parts = stores.archive.manifest.live()
    rows = sum(part.rows for part in parts if part.last_ns >= from_ns and part.first_ns < to_ns)
    return rows + sum(head.rows for _, head in stores.journal.heads(state.through)) or 1
