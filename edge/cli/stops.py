"""`lineproof stops list | reason | split | merge | class | history`.

They work beside a running service: an edit and the marks on the rows it changes are written in one
transaction, and whoever folds next computes these rows anew.
"""

from pathlib import Path

from edge.cli.import_samples import writing
from edge.cli.output import Document, note, progress, say, say_json, shown, table
from edge.cli.printing import clock
from edge.cli.site import engine_of, interval, site_of, user
from edge.engine.engine import Engine
from edge.engine.entering.stop_edits import Wish
from edge.engine.floor.stops import document_of, find

HEAD = ("id", "from", "to", "s", "state", "was", "parts", "reason", "note")
HISTORY = ("n", "at", "who", "what", "old", "new")
NONE = "no stops in this interval"


def listed(config: Path, line: str, span: tuple[str, str], *, json: bool) -> None:
    """Print the stops of an interval."""
    loaded = site_of(config)
    from_ns, to_ns = interval(loaded, span)
    with engine_of(loaded) as engine:
        found = engine.stops(line, from_ns, to_ns)
    if json:
        say_json(found)
    elif found["stops"]:
        table(HEAD, [row(stop) for stop in found["stops"]], right=("s", "parts"))
    else:
        note(NONE)


def row(stop: Document) -> list[object]:
    """A stop in one line."""
    state = stop["state"] if stop["cause"] != "external" else f"{stop['state']}:external"
    return [
        stop["id"],
        clock(stop["from"]),
        clock(stop["to"]) if stop["to"] else "lasts",
        f"{stop['seconds']:,.0f}",
        state,
        stop["was"],
        len(stop["parts"]),
        stop["reason"],
        stop["note"],
    ]


def explain(config: Path, stop: str, reason: str | None, words: str | None, *, json: bool) -> None:
    """Give a stop its reason and print the stop."""
    loaded = site_of(config)
    with writing(loaded) as (_, engine):
        now = present(engine, stop)
        said = now["note"] if words is None else words or None
        found = engine.explain_stop(stop, now["version"], reason, said, user())
    tell(found, json=json)


def shape(config: Path, stop: str, wish: Document, *, json: bool) -> None:
    """Cut, join or reclassify a stop, compute what it touches anew, and print the stop."""
    loaded = site_of(config)
    with writing(loaded) as (_, engine):
        version = present(engine, stop)["version"]
        found = engine.shape_stop(stop, version, Wish(**wish), user())
        with progress("computing figures") as told:
            engine.catch_up(told)
    tell(found, json=json)


def present(engine: Engine, stop: str) -> Document:
    """A stop as it is now, once everything that came is computed."""
    with progress("computing figures") as told:
        engine.catch_up(told)
    return document_of(engine.view, find(engine.view, stop))


def tell(found: Document, *, json: bool) -> None:
    """Print one stop."""
    if json:
        say_json(found)
    else:
        table(HEAD, [row(found)], right=("s", "parts"))


def history(config: Path, stop: str, *, json: bool) -> None:
    """Print what was done to a stop."""
    with engine_of(site_of(config)) as engine:
        found = engine.stop_history(stop)
    if json:
        say_json(found)
    elif found["history"]:
        table(HISTORY, [entry(one) for one in found["history"]])
    else:
        say("nothing was done to this stop")


def entry(one: Document) -> list[object]:
    """One thing that was done, in one line."""
    return [one["n"], clock(one["at"]), one["who"], one["what"], told(one["old"]), told(one["new"])]


def told(said: Document | None) -> str | None:
    """What it was or is, in one cell."""
    if said is None:
        return None
    return ", ".join(f"{key} {shown(value)}" for key, value in said.items() if value is not None)
