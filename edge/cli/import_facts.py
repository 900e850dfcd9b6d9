"""`lineproof import facts`: what people wrote down, beside what signals say.

It works beside a running service: facts and the marks on the rows they change are written in one
transaction, and whoever folds next computes these rows anew.
"""

from pathlib import Path

import typer

from edge.cli.import_samples import writing
from edge.cli.output import Document, counted, note, progress, say, say_json, table
from edge.cli.site import site_of
from edge.engine.entering.fact_files import Options
from edge.errors import NotFound
from edge.tables.cells import read_sheet

HEAD = ("line", "machine", "kind", "from", "to", "quantity", "type", "product", "became")
FOUND_FAULTS = 1


def command(
    file: Path, config: Path, options: tuple[bool, bool, str | None, str | None], *, json: bool
) -> None:
    """Look at a file, store it where nothing is wrong, fold; exit 1 where something is."""
    if not file.is_file():
        raise NotFound(f"no such file: {file}")
    loaded = site_of(config)
    preview, partly, kind, who = options
    sheet = read_sheet(file, kind)
    with writing(loaded) as (_, engine):
        found = engine.import_facts(file.name, sheet, Options(preview, partly, who))
        if found["stored"]:
            with progress("computing figures") as told:
                engine.catch_up(told)
    if json:
        say_json(found)
    else:
        tell(found, preview=preview)
    if found["faults"]:
        raise typer.Exit(FOUND_FAULTS)


def tell(found: Document, *, preview: bool) -> None:
    """What became of a file, as people read it; its faults are notes."""
    if preview:
        tell_place(found)
    if preview and found["first"]:
        table(HEAD, [[row[name] for name in HEAD] for row in found["first"]])
        if found["facts"] > len(found["first"]):
            say(f"and {found['facts'] - len(found['first']):,} more")
    for fault in found["faults"]:
        where = f"{found['file']}: row {fault['row']}, column {fault['column']}"
        note(f"{where}: {fault['value']!r} {fault['message']}")
    if found["more_faults"]:
        note(f"{found['file']}: and {found['more_faults']:,} more like these")
    if found["left_out_columns"]:
        note(f"columns that mean nothing here: {', '.join(found['left_out_columns'])}")
    became = f"{found['new']:,} new, {found['corrected']:,} corrected, {found['same']:,} as before"
    told = became if found["stored"] else f"would be {became}"
    say(f"{counted(found['rows'], 'row')} read, {counted(found['facts'], 'fact')}: {told}")
    if not found["stored"]:
        why = "only looked at" if preview else "--partly stores the rows without faults"
        note(f"nothing of this file was stored; {why}")


def tell_place(found: Document) -> None:
    """Where in a file the headings were found, and how its short years were read."""
    sheet = f" of sheet {found['sheet']!r}" if found["sheet"] else ""
    note(f"headings: row {found['heading_row']}{sheet}; what stands below it is read")
    for column in found["short_years"]:
        note(f"column {column}: read as year/month/day of 20xx; write 2026-07-03 if it is not so")
