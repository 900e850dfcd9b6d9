"""`lineproof export`: samples of an interval as CSV, Parquet or NDJSON."""

from pathlib import Path

from edge.archive.exporting import OPTIONS, write
from edge.cli.output import note
from edge.cli.site import interval, reading, site_of
from edge.errors import NotFound, Refused
from edge.history import History


def command(config: Path, span: tuple[str, str], signals: list[str], form: str, out: Path) -> None:
    """Write the file; rows by signal path and source time, columns as in the archive."""
    if form not in OPTIONS:
        raise Refused(f"--format is '{form}'; write one of {', '.join(OPTIONS)}")
    loaded = site_of(config)
    from_ns, to_ns = interval(loaded, span)
    unknown = set(signals) - set(loaded.site.signals())
    if unknown:
        raise NotFound(f"no such signal: {', '.join(sorted(unknown))}")
    with reading(loaded) as stores:
        rows = write(History(stores).rows(signals or None, from_ns, to_ns), form, out)
    note(f"{rows:,} rows in {out}")
