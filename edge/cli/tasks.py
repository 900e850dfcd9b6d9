"""`lineproof task`: improvement tasks, beside a running service or without one."""

from pathlib import Path

from edge.cli.output import Document, note, say, say_json, table
from edge.cli.printing import change, verdict
from edge.cli.site import asking, engine_of, site_of, user
from edge.cli.task_card import needs, print_card
from edge.engine.tasks import task_notes, tasks
from edge.engine.tasks.task_notes import Wanted
from edge.errors import NotFound
from edge.evidence.photos import shrunk
from edge.records import photos

HEAD = ("id", "title", "line", "status", "due", "verdict", "improved", "gain", "signed", "next")
NONE = "no task is proposed yet; `lineproof task add` makes one"


def add(config: Path, given: Document, *, json: bool) -> None:
    """Propose a task and print its id."""
    with engine_of(site_of(config)) as engine:
        found = task_notes.propose(engine.view, said(given), user())
    told(found, json=json)


def said(given: Document) -> Document:
    """What was said of the options; one that is left out stays as it is."""
    return {name: value for name, value in given.items() if value is not None}


def told(found: Document, *, json: bool) -> None:
    """Print what became of a task: its id, and in words where it stands."""
    if json:
        say_json(found)
        return
    say(found["id"])
    note(f"{found['title']}: {found['status']}")
    for way in found["next"]:
        note(f"  may become {way['to']} ({' or '.join(way['roles'])}){needs(way)}")


def change_of(found: Document) -> str:
    """The improvement of its target."""
    return change(found["verdict"]["improvement_rate"] if found["verdict"] else None)


def change_terms(given: Document) -> Document:
    """Terms to change; an empty text takes one back."""
    return {name: value or None for name, value in said(given).items()}


def amend(config: Path, task: str, given: Document, *, json: bool) -> None:
    """Change the terms of a task."""
    with engine_of(site_of(config)) as engine:
        version = tasks.shown(engine.view, task)["version"]
        found = task_notes.amend(engine.view, task, version, change_terms(given), user())
    told(found, json=json)


def step(config: Path, task: str, wanted: tuple[str, str, str, str | None], *, json: bool) -> None:
    """Take a step."""
    with engine_of(site_of(config)) as engine:
        found = task_notes.take(engine.view, task, Wanted(*wanted), user())
    told(found, json=json)


def note_of(config: Path, task: str, kind: str, body: Document, *, json: bool) -> None:
    """Note something of a task."""
    with engine_of(site_of(config)) as engine:
        found = task_notes.add(engine.view, task, kind, said(body), user())
    told(found, json=json)


def photo(config: Path, task: str, file: Path, body: Document, *, json: bool) -> None:
    """Add a photo to a task.

    Raises:
        NotFound: no such file.
        Refused: it is no photo.
    """
    if not file.is_file():
        raise NotFound(f"no such file: {file}")
    made, loaded = shrunk(file.read_bytes()), site_of(config)
    with engine_of(loaded) as engine:
        tasks.shown(engine.view, task)
        digest = photos.keep(loaded.data, made.jpeg)
        size = {"width": made.width, "height": made.height, "bytes": len(made.jpeg)}
        whole = {**said(body), "sha256": digest, **size}
        found = task_notes.add(engine.view, task, "photo", whole, user())
    told(found, json=json)


def listed(config: Path, target: str | None, *, json: bool) -> None:
    """Print all tasks."""
    with asking(site_of(config)) as engine:
        found = tasks.listed(engine.view, target)
    if json:
        say_json(found)
    elif found["tasks"]:
        table(HEAD, [row(one) for one in found["tasks"]])
    else:
        note(NONE)


def row(one: Document) -> list[object]:
    """A task in one line."""
    where = f"{one['line']}/{one['machine']}" if one["machine"] else one["line"]
    signed = sorted({sign["role"] for sign in one["sign_offs"] if sign["stands"]})
    return [
        *(one["id"], one["title"], where, one["status"], one["due"]),
        verdict(one["verdict"]["verdict"]) if one["verdict"] else None,
        change_of(one),
        one["attribution"]["kind"],
        ", ".join(signed) or None,
        ", ".join(way["to"] for way in one["next"]) or None,
    ]


def show(config: Path, task: str, *, json: bool) -> None:
    """Print one task."""
    with engine_of(site_of(config)) as engine:
        found = tasks.shown(engine.view, task)
    if json:
        say_json(found)
        return
    print_card(found)
