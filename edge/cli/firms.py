"""`lineproof evidence import | firms`: packages of other sites, and all of them together."""

from pathlib import Path
from zoneinfo import ZoneInfo

from edge.cli.evidence import id_of
from edge.cli.output import Document, counted, note, percentage, progress, say, say_json, table
from edge.cli.printing import WORDS, amount, change, verdict
from edge.cli.site import site_of, user
from edge.clock import SYSTEM
from edge.config.loader import Loaded
from edge.errors import NotFound
from edge.evidence import bringing
from edge.evidence.bringing import Checked
from edge.evidence.firms import document
from edge.records.database import Records
from edge.text.catalogue import text

HEAD = ("firm", "line", "measure", "before", "after", "improved", "coverage", "verdict", "state of")
RIGHT = HEAD[3:7]
NONE = "no package was imported yet; `lineproof evidence import FILE` brings one"


def bring(config: Path, file: Path, key: str | None, samples: Path | None, *, json: bool) -> None:
    """Verify a package to the last digit and remember its figures.

    Raises:
        NotFound: no such file.
        VerificationFailed: with the first thing that differs; nothing is kept.
    """
    if not file.is_file():
        raise NotFound(f"{file}: there is no such file")
    records = records_of(site_of(config))
    known = bringing.known_keys(records)
    with progress("verifying") as told:
        report, result = bringing.bring(file, known, samples, told, id_of(key))
    checked = Checked(report.facts, result, known)
    found = bringing.keep(records, checked, SYSTEM.wall_ns(), user())
    if json:
        say_json(found)
        return
    say(f"{found['site_name']} ({found['site']}) {found['target']}: verified and imported")
    if not found["new"]:
        note("this package was imported before; nothing changed")
    if found["first_use"] and key is None:
        note(
            f"key {found['key']} is believed from now on as that of {found['site']}; compare it"
            " with what `lineproof evidence key` prints there"
        )


def listed(config: Path, *, json: bool) -> None:
    """Print every firm's targets, and what all firms together reached."""
    loaded = site_of(config)
    found = document(records_of(loaded), ZoneInfo(loaded.site.timezone))
    if json:
        say_json(found)
        return
    if not found["imported"]:
        note(NONE)
        return
    table(HEAD, [row(one) for one in found["imported"]], RIGHT)
    for one in found["across"]:
        say("")
        for line in summary(one):
            say(line)


def row(one: Document) -> tuple[object, ...]:
    """One target of a firm."""
    unit, firm = one["unit"], one["firm"]
    return (
        *(firm["site_name"], one["line_name"], one["measure"]),
        *(amount(one["before"], unit), amount(one["after"], unit)),
        *(change(one["improvement_rate"]), percentage(one["coverage"])),
        *(verdict(one["verdict"]), firm["as_of"][:10]),
    )


def summary(one: Document) -> list[str]:
    """What several firms reached together: rule and n first, then the others by their names."""
    of = counted(one["firms"], "firm")
    lines = [f"{one['measure']}: {change(one['headline'])} ({said(one['rule'])}, {of})"]
    if one["before"] is not None:
        lines[0] += f", {amount(one['before'], one['unit'])} to {amount(one['after'], one['unit'])}"
    if one["firms"]:
        low, high = change(one["lowest"]), change(one["highest"])
        lines.append(f"  median of the firms {change(one['median'])}, from {low} to {high}")
        if one["rule"] != "weighted_geometric_mean":
            mean = change(one["weighted_geometric_mean"])
            lines.append(f"  {said('weighted_geometric_mean')} {mean}")
    if pooled := one["pooled"]:
        ends = f"{change(pooled['low'])} to {change(pooled['high'])}"
        firms = counted(pooled["firms"], "firm")
        lines.append(f"  {said('hartung_knapp')} {change(pooled['value'])} ({ends}), {firms}")
    for left in one["left_out"]:
        why = text(WORDS, f"firms.left_out.{left['reason']}")
        lines.append(f"  left out: {left['site_name']} {left['line_name']}: {why}")
    return lines


def said(rule: str | None) -> str:
    """A rule by its name."""
    return text(WORDS, f"firms.rule.{rule or 'none'}")


def records_of(loaded: Loaded) -> Records:
    """The records of a site, which need no sample to be there."""
    loaded.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Records.open(loaded.data / "records.db")
