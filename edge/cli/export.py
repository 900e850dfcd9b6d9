"""`lineproof export`: samples of an interval as CSV, Parquet or NDJSON."""

from pathlib import Path

from edge.archive.exporting import OPTIONS, write
from edge.cli.output import note, say_json
from edge.cli.site import interval, reading, site_of
from edge.errors import NotFound, Refused
from edge.history import History


def command(
    config: Path, span: tuple[str, str], signals: list[str], target: tuple[str, Path], *, json: bool
) -> None:
    """Write the file; rows by signal path and source time, columns as in the archive."""
    form, out = target
    if form not in OPTIONS:
        raise Refused(f"--format is '{form}'; write one of {', '.join(OPTIONS)}")
    loaded = site_of(config)
    from_ns, to_ns = interval(loaded, span)
    unknown = set(signals) - set(loaded.site.signals())
    if unknown:
        known = ", ".join(loaded.site.signals())
        raise NotFound(f"no such signal: {', '.join(sorted(unknown))}; there are {known}")
    if not out.absolute().parent.is_dir():
        raise NotFound(f"{out}: there is no such folder; make it, or choose another --out")
    with reading(loaded) as stores:
        rows = write(History(stores).rows(signals or None, from_ns, to_ns), form, out)
    if json:
        say_json({"file": str(out), "format": form, "rows": rows})
    else:
        note(f"{rows:,} rows in {out}")
