"""One task as people read it: where it stands and what it still needs, then all that was noted."""

from edge.cli.layout import section, terms
from edge.cli.output import Document, percentage, say
from edge.cli.printing import WORDS, change, clock, subject, verdict
from edge.text.catalogue import text

TERMS = ("problem", "hypothesis", "measure", "baseline", "target", "company", "mentor")
TIMES = {"go_live": "goes live", "settled": "counted from"}


def print_card(body: Document) -> None:
    """Print a task; a note that was taken back says so, and nothing is left out."""
    status = text(WORDS, f"task.status.{body['status']}")
    say(f"{body['id']}: {body['title']} ({subject(body)}): {status}")
    section("terms", terms(agreed(body)))
    ways = [(text(WORDS, f"task.status.{way['to']}"), step(way)) for way in body["next"]]
    section("may become", terms(ways))
    section("what its figures prove", terms(proven(body)))
    for title, name, said in (
        ("signatures", "sign_offs", signature),
        ("counter-measures", "countermeasures", measure),
        ("visits", "visits", visit),
        ("comments", "comments", comment),
        ("photos", "photos", photo),
        ("steps", "history", taken),
    ):
        section(title, terms([(number(one), said(one)) for one in body[name]]))


def agreed(body: Document) -> list[tuple[str, object]]:
    """What was agreed on, without what was left open."""
    found = [(name, body.get(name)) for name in (*TERMS, "due")]
    found += [(said, clock(body[name])) for name, said in TIMES.items() if body[name]]
    made = ("proposed", f"{clock(body['made_at'])}, version {body['version']}")
    return [made, *((name, value) for name, value in found if value is not None)]


def step(way: Document) -> str:
    """Who may take a step, and what it needs."""
    return f"by {' or '.join(way['roles'])}{needs(way)}"


def needs(way: Document) -> str:
    """What a step still needs; nothing where it can be taken, for a reason is given with it."""
    lacks = [text(WORDS, f"task.needs.{code}") for code in way["missing"] if code != "reason"]
    return f" once: {'; '.join(lacks)}" if lacks else ""


def proven(body: Document) -> list[tuple[str, object]]:
    """The verdict of its target, whose gain it is, and what later looks found."""
    found, judged = list[tuple[str, object]](), body["verdict"]
    if judged:
        found.append((verdict(judged["verdict"]), change(judged["improvement_rate"])))
    gain = body["attribution"]
    if gain["kind"] != "none":
        others = ", ".join(gain["with"])
        found.append(("gain", text(WORDS, f"task.gain.{gain['kind']}", others=others)))
    found += [(f"after {one['months']} months", look(one)) for one in body["sustainment"]]
    if body["falls_from"]:
        found.append(("since", f"{body['falls_from']} it is below the level of its window"))
    if body["evidence"]:
        found.append(("package", body["evidence"]))
    return found


def look(one: Document) -> str:
    """What a later look found."""
    if one["share"] is None:
        return text(WORDS, f"task.look.{one['state']}")
    label = text(WORDS, f"task.kept.{one['label']}")
    return text(WORDS, "task.kept", label=label, share=percentage(one["share"]))


def number(one: Document) -> str:
    """The number of a note, by which it is taken back, and its time."""
    gone = " (withdrawn)" if one["withdrawn"] else ""
    return f"{one['n']}  {clock(one['at'])}{gone}"


def words(*parts: str | None, by: str | None) -> str:
    """Parts of a note that are there, and whose it is."""
    said = ": ".join(part for part in parts if part)
    return f"{said} ({by})" if by and said else said or str(by)


def signature(one: Document) -> str:
    """A signature, and whether it still stands."""
    later = "" if one["stands"] else ", under earlier terms"
    return words(f"{one['role']} {one['name']}{later}", one.get("said"), by=None)


def measure(one: Document) -> str:
    """A counter-measure."""
    return words(one["day"], one["text"], by=one["owner"])


def visit(one: Document) -> str:
    """A visit."""
    return words(one["day"], one["text"], by=one["name"])


def comment(one: Document) -> str:
    """A comment."""
    return words(one["text"], by=one["name"])


def photo(one: Document) -> str:
    """A photo, by its text and its file."""
    return words(one.get("caption"), f"data/photos/{one['sha256'][:12]}….jpg", by=one["name"])


def taken(one: Document) -> str:
    """A step that was taken."""
    way = f"{one['from']} to {one['to']}" if one.get("from") else one["to"]
    return words(way, one.get("reason"), by=one["name"])
