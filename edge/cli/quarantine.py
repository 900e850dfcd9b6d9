"""`lineproof quarantine`: what was set aside; works beside a running service."""

from pathlib import Path
from zoneinfo import ZoneInfo

from edge.cli.asking import posted
from edge.cli.layout import STEP, folded, room, section, terms
from edge.cli.logs import printable
from edge.cli.output import Document, counted, note, say, say_json, table
from edge.cli.printing import clock
from edge.cli.site import listing, reading, site_of, user
from edge.clock import SYSTEM
from edge.service import aside
from edge.stores import Stores

DONE = "entry {retried}: {stored} stored, {there} there already, {refused} refused"
NO_RETRY = "not possible: only the beginning of it is kept"
SHOWN = 60  # letters of an excerpt in a table


def listed(config: Path, limit: int, before: int | None, *, json: bool) -> None:
    """Print the newest entries, and how many rows wait for what reason."""
    loaded = site_of(config)
    with listing(loaded) as stores:
        found = aside.listed(stores, ZoneInfo(loaded.site.timezone), limit, before)
    if json:
        say_json(found)
    elif not found["quarantine"]:
        note("nothing is in quarantine")
    else:
        names = ("id", "received", "source", "rows", "reason", "excerpt")
        rows = [
            [str(one["id"]), *(one[name] for name in names[1:-1]), one["excerpt"][:SHOWN]]
            for one in found["quarantine"]
        ]
        table(names, rows, right=("id",))


def discard(config: Path, ids: list[int], *, json: bool) -> None:
    """Take entries off the list."""
    loaded = site_of(config)
    with reading(loaded):
        pass  # nobody makes a store by taking something out of it
    with Stores.open(loaded.data) as stores:
        done = aside.discard(stores, ids, SYSTEM.wall_ns(), user())
    if json:
        say_json(done)
    else:
        say(f"{counted(len(ids), 'entry') if len(ids) == 1 else f'{len(ids)} entries'} discarded")


def show(config: Path, number: int, *, json: bool) -> None:
    """Print one entry."""
    loaded = site_of(config)
    with reading(loaded) as stores:
        found = aside.shown(stores, ZoneInfo(loaded.site.timezone), number)
    if json:
        say_json(found)
    else:
        print_card(found)


def print_card(found: Document) -> None:
    """Print an entry: why first, then what it is of, how it began and what can be done."""
    say(f"entry {found['id']}: {found['reason']}")
    how = f"lineproof quarantine retry {found['id']}" if found["retry"] else NO_RETRY
    section(
        "set aside",
        terms(
            [
                ("source", found["source"]),
                ("signal", found["signal"] or "not known"),
                *([("came in on", found["origin"])] if found["origin"] else []),
                ("received", clock(found["received"])),
                ("rows", found["rows"]),
                ("try again", how),
                ("discard", f"lineproof quarantine discard {found['id']}"),
            ]
        ),
    )
    began = [folded(line, room() - len(STEP)) for line in found["excerpt"].splitlines()]
    section("how it began", [printable(part) for line in began for part in line])


def retry(config: Path, ids: list[int], *, json: bool) -> None:
    """Let the service try entries again; the first that it refuses ends the command."""
    loaded = site_of(config)
    done = [posted(loaded.host, loaded.port, f"quarantine/{number}/retry") for number in ids]
    if json:
        say_json({"retried": done})
    else:
        for one in done:
            say(DONE.format(**one))
