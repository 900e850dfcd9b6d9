"""`lineproof archive list`: the live parts, so that any tool can check them."""

from pathlib import Path

from edge.cli.output import counted, note, say_json, table
from edge.cli.site import listing, site_of


def command(config: Path, *, json: bool) -> None:
    """Print the live parts; paths are relative to the data folder."""
    with listing(site_of(config)) as stores:
        parts = stores.archive.manifest.live()
        through = stores.archive.manifest.state().through
        waiting = sum(head.rows for _, head in stores.journal.heads(through))
    found = [
        {
            "path": f"archive/{part.path}",
            "sha256": part.sha256.hex(),
            "rows": part.rows,
            "bytes": part.size,
            "first_ns": part.first_ns,
            "last_ns": part.last_ns,
            "first_block": part.first_block,
            "last_block": part.last_block,
        }
        for part in parts
    ]
    if json:
        say_json({"parts": found})
    elif not found and not waiting:
        note("no part yet, and no row in the journal; `run` or `import samples` first")
    elif not found:
        note(f"no part yet: {counted(waiting, 'row')} in the journal wait until an hour is full")
    else:
        rows = [(p["path"], p["rows"], p["bytes"], p["sha256"]) for p in found]
        table(("path", "rows", "bytes", "sha256"), rows)
