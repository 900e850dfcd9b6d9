"""`lineproof tables list | set | withdraw | history | import`.

They work beside a running service: an entry and the marks on the rows it may change are written in
one transaction, and whoever computes next sees both.
"""

import json as notation
from pathlib import Path
from typing import Any

import typer

from edge.cli.import_samples import writing
from edge.cli.output import Document, note, progress, say, say_json, shown, table
from edge.cli.printing import clock
from edge.cli.site import site_of, user
from edge.engine.engine import Engine
from edge.engine.entering import tabling
from edge.engine.entering.tabling import Wish
from edge.errors import ImportInvalid, NotFound, Refused
from edge.tables.cells import Row
from edge.tables.flat import read_flat, truth

HEAD = ("id", "kind", "from", "what", "version", "origin", "who")
VERSIONS = ("version", "entered", "who", "what", "note", "withdrawn")
WHEN = ("valid_from", "day", "month")
TRUTHS = ("closed", "offered")
FOUND_FAULTS = 1


def listed(config: Path, name: str, *, json: bool) -> None:
    """Print a table."""
    with writing(site_of(config)) as (_, engine):
        found = tabling.listed(engine.view, name)
    if json:
        say_json(found)
    else:
        table(HEAD, [row(one) for one in found[name]])


def row(one: Document) -> list[object]:
    """One entry in one line."""
    own = {key: value for key, value in one["entry"].items() if key not in WHEN and value}
    begin = next((one["entry"][key] for key in WHEN if one["entry"].get(key)), None)
    what = ", ".join(f"{key} {shown(value)}" for key, value in own.items())
    return [one["id"], one["kind"], begin, what, one["version"], one["origin"], one["who"]]


def write(config: Path, kind: str, pairs: list[str], why: str | None, *, json: bool) -> None:
    """Write an entry, compute what it changes, and print it."""
    body = dict(pair(text) for text in pairs)
    with writing(site_of(config)) as (_, engine):
        found = tabling.entered(engine.view, Wish(kind, body, why), user())
        compute(engine)
    tell(found, json=json)


def pair(text: str) -> tuple[str, Any]:
    """A key and its value; lists and mappings are written as JSON.

    >>> pair("value=0.5"), pair("item=USD"), pair('breaks=[["12:00", "13:00"]]')
    (('value', '0.5'), ('item', 'USD'), ('breaks', [['12:00', '13:00']]))

    Raises:
        Refused: there is no equals sign, or what looks like JSON is none.
    """
    key, sign, value = text.partition("=")
    if not sign:
        raise Refused(f"'{text}' is no KEY=VALUE; write such as value=0.75")
    return key, read(key, value)


def read(where: str, value: str) -> Any:  # noqa: ANN401 - as JSON has it
    """A value as it is written; lists and mappings are JSON.

    Raises:
        Refused: what looks like JSON is none.
    """
    if value[:1] not in ("[", "{"):
        return value
    try:
        return notation.loads(value)
    except ValueError as error:
        raise Refused(f"{where}: '{value[:60]}' is no JSON: {error}; mend it") from error


def withdraw(config: Path, number: int, *, json: bool) -> None:
    """Take an entry back, compute what that changes, and print what was taken."""
    with writing(site_of(config)) as (_, engine):
        last = tabling.history(engine.view, number)["history"][-1]
        found = tabling.withdrawn(engine.view, number, last["version"], user())
        compute(engine)
    tell(found, json=json)


def history(config: Path, number: int, *, json: bool) -> None:
    """Print the versions of an entry."""
    with writing(site_of(config)) as (_, engine):
        found = tabling.history(engine.view, number)
    if json:
        say_json(found)
        return
    rows = [
        [e["version"], clock(e["entered"]), e["who"], row(e)[3], e["note"], e["withdrawn"]]
        for e in found["history"]
    ]
    table(VERSIONS, rows)


def bring(
    config: Path, file: Path, options: tuple[str | None, str | None, bool], *, json: bool
) -> None:
    """Write the entries of a file; exit 1 where one of them has a fault, and none is stored."""
    if not file.is_file():
        raise NotFound(f"no such file: {file}")
    kind, why, preview = options
    rows = read_flat(file)
    try:
        wishes = [wish_of(one, kind, why) for one in rows]
    except Refused as error:
        raise ImportInvalid(f"{file.name}: {error}") from error
    with writing(site_of(config)) as (_, engine):
        faults = [
            {"row": one.number, "message": said}
            for one, wish in zip(rows, wishes, strict=True)
            if (said := tabling.fault_in(engine.view, wish))
        ]
        stores = not (preview or faults)
        found = tabling.all_entered(engine.view, wishes, user()) if stores else []
        if stores:
            compute(engine)
    told = {"file": file.name, "rows": len(rows), "stored": stores, "faults": faults}
    tell_file({**told, "entries": found}, json=json)


def wish_of(one: Row, kind: str | None, why: str | None) -> Wish:
    """A row as an entry; words for yes and no as it has them."""
    said = one.cells.get("note")
    cells = {
        key: truth(text) if key in TRUTHS else read(f"row {one.number}, column {key}", text)
        for key, text in one.cells.items()
        if key != "note"
    }
    return Wish(cells.pop("kind", kind or ""), cells, said or why)


def tell_file(found: Document, *, json: bool) -> None:
    """Print what became of a file."""
    if json:
        say_json(found)
    else:
        for fault in found["faults"]:
            note(f"{found['file']}: row {fault['row']}: {fault['message']}")
        done = f"{len(found['entries'])} stored" if found["stored"] else "nothing stored"
        say(f"{found['rows']} rows read, {done}")
    if found["faults"]:
        raise typer.Exit(FOUND_FAULTS)


def compute(engine: Engine) -> None:
    """Compute what an entry changes."""
    with progress("computing figures") as told:
        engine.catch_up(told)


def tell(found: Document, *, json: bool) -> None:
    """Print one entry."""
    if json:
        say_json(found)
    else:
        table(HEAD, [row(found)])
