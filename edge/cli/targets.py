"""`lineproof target set | list | show`."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.cli.behind import say_behind
from edge.cli.output import Document, counted, note, percentage, say, say_json, table
from edge.cli.printing import WORDS, amount, bounds, change, subject, verdict
from edge.cli.site import asking, engine_of, site_of, user
from edge.cli.target_card import counts, improved, print_card, to_do
from edge.engine.verdicts.targets import Wish
from edge.errors import Refused
from edge.moment import parse
from edge.text.catalogue import text

HEAD = (
    *("id", "line", "measure", "before", "after", "target"),
    *("improved", "interval", "coverage", "verdict"),
)
RIGHT = HEAD[3:9]
NONE = "no target is set yet; `lineproof target set` makes one of a baseline"


def agree(
    config: Path,
    aim: tuple[list[str], str | None, str, list[str], list[str] | None],
    wanted: tuple[float | None, float | None],
    times: tuple[str, str | None, str | None, str | None],
    *,
    json: bool,
) -> None:
    """Agree on a target and print its id; what it means is a note beside it."""
    loaded = site_of(config)
    zone, starts = ZoneInfo(loaded.site.timezone), loaded.site.production_day_starts
    go_live, due, from_, to = times
    wish = Wish(
        lines=tuple(aim[0]),
        machine=aim[1],
        measure=aim[2],
        baselines=tuple(aim[3]),
        improve=wanted[0],
        value=wanted[1],
        go_live_ns=parse(go_live, zone, starts),
        due=day(due),
        from_ns=parse(from_, zone, starts) if from_ else None,
        to_ns=parse(to, zone, starts) if to else None,
        conditions=tuple(aim[4]) if aim[4] else None,
    )
    with engine_of(loaded) as engine:
        found = engine.agree(wish, user())
    if json:
        say_json(found)
    else:
        say(found["id"])
        for line in meaning(found):
            note(line)


def meaning(body: Document) -> list[str]:
    """What was agreed on, in words, and how it stands now."""
    unit, frozen = body["unit"], body["baseline"]
    shall = "rise" if body["higher_is_better"] else "fall"
    before, aim = amount(body["before"], unit), amount(body["target"], unit)
    due = f", due {body['due']}" if body["due"] else ""
    days = counted(frozen["days"], "production day")
    now = amount(body["after"], unit)
    if body["improvement_rate"] is not None:
        now += f", {improved(body)}"
    return [
        f"agreed: {body['measure']} of {subject(body)} shall {shall} from {before} to {aim}{due}",
        f'  against   baseline {frozen["id"]} "{frozen["name"]}", {days}',
        f"  counted   {counts(body)}",
        f"  needed    {needed(body)}",
        f"  now       {now}: {verdict(body['verdict'])}",
        f"            {text(WORDS, 'verdict.' + body['verdict'] + '.means')}",
        *(f"  to do     {one}" for one in to_do(body)),
    ]


def needed(body: Document) -> str:
    """How much better than the baseline the target is."""
    before, aim = body["before"], body["target"]
    if not before or aim is None:
        return "the target itself; the baseline is 0 or unknown"
    better = (aim - before) / before * (1 if body["higher_is_better"] else -1)
    return f"{percentage(better)} better than the baseline"


def day(text: str | None) -> date | None:
    """A local day.

    Raises:
        Refused: where it is none.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(f"'{text}' is no day; write 2026-12-31") from None


def listed(config: Path, *, json: bool) -> None:
    """Print all targets."""
    with asking(site_of(config)) as engine:
        found = engine.targets()
    if json:
        say_json(found)
        return
    if found["targets"]:
        table(HEAD, [row(body) for body in found["targets"]], RIGHT)
    elif not found["unjudged"]:
        note(NONE)
    say_unjudged(found)


def say_unjudged(found: Document) -> None:
    """Which targets cannot be judged, why, and what to do."""
    for one in found["unjudged"]:
        note(f"{subject(one)}, {one['measure']}: {one['because']}")


def row(body: Document) -> list[object]:
    """A target in one line."""
    return [
        body["id"],
        subject(body),
        body["measure"],
        *(amount(body[key], body["unit"]) for key in ("before", "after", "target")),
        change(body["improvement_rate"]),
        bounds(body["low"], body["high"]),
        percentage(body["coverage"]),
        verdict(body["verdict"]),
    ]


def show(config: Path, target: str, *, json: bool) -> None:
    """Print one target, with its days in JSON."""
    with engine_of(site_of(config)) as engine:
        found = engine.target(target)
    if json:
        say_json(found)
    else:
        print_card(found)
        say_behind(found)
