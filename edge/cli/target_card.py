"""One target as people read it: the verdict first, then what it rests on."""

from edge.cli.explain_target import gates
from edge.cli.layout import section, terms
from edge.cli.output import Document, counted, percentage, say
from edge.cli.printing import WORDS, amount, bounds, change, clock, subject, verdict
from edge.text.catalogue import SPACE, points, text

OF_REPORT = "coverage_report", "coverage_unequal"


def print_card(body: Document) -> None:
    """Print a target; its days stand in `--json`, and what made it in `--explain`."""
    shall = "rise" if body["higher_is_better"] else "fall"
    unit = body["unit"]
    aim = f"{shall} from {amount(body['before'], unit)} to {amount(body['target'], unit)}"
    say(f"{body['id']}: {body['measure']} of {subject(body)} shall {aim}")
    section("verdict", terms(judged(body)))
    section("figures", terms(figures(body)))
    section("windows", terms(windows(body)))
    unchecked = ", ".join(text(WORDS, f"gate.{one}") for one in body["not_checked"])
    rest = terms([("not checked", unchecked)]) if unchecked else []
    section("conditions of the verdict", [*gates(body["gates"]), *rest])


def judged(body: Document) -> list[tuple[str, object]]:
    """What is proven, and what is missing where nothing is."""
    code = body["verdict"]
    found: list[tuple[str, object]] = [
        (verdict(code), text(WORDS, f"verdict.{code}.means")),
        ("now", side(body, "after")),
        ("improved", improved(body)),
    ]
    return [*found, *(("to do", one) for one in to_do(body))]


def improved(body: Document) -> str:
    """The improvement with its interval, where there is one."""
    rate = change(body["improvement_rate"])
    return rate if body["low"] is None else f"{rate} ({bounds(body['low'], body['high'])})"


def to_do(body: Document) -> list[str]:
    """What has to be done for a verdict, each once.

    Where no day can be judged yet, nothing is said of what is known of those days; where the window
    is over, nobody is told to wait for more of them.
    """
    seen = {one["code"]: one["seen"] for one in body["gates"]}
    unseen = [code for code in OF_REPORT if seen.get(code) is None and not seen.get("days_report")]
    codes = [code for code in body["reasons"] if code not in unseen]
    if body["report_complete"] and "days_report" in codes:
        over = {"days_report": "days_over", "interval": "days_over"}
        codes = [over.get(code, code) for code in codes]
    return list(dict.fromkeys(text(WORDS, f"gate.{code}.do") for code in codes))


def side(body: Document, name: str) -> str:
    """The figure now with its interval."""
    low, high = (amount(body[f"{name}_{end}"], body["unit"]) for end in ("low", "high"))
    value = amount(body[name], body["unit"])
    return value if body[f"{name}_low"] is None else f"{value} ({low} \u2013 {high})"


def figures(body: Document) -> list[tuple[str, object]]:
    """The other percentages, each with its name: they differ, and are often mixed up."""
    moved = body["point_change"]
    moved = (
        points(moved).replace(SPACE, " ") if body["unit"] == "1" else amount(moved, body["unit"])
    )
    found = [
        ("attainment", percentage(body["attainment_rate"])),
        ("share of target", percentage(body["share_of_target"])),
        ("change", moved),
        ("coverage", " before, ".join(sides(body)) + " after"),
        ("by hand", percentage(body["manual_share"])),
    ]
    if body["bill_effect"] is not None:
        found.append(("change of the bill", change(body["bill_effect"])))
    return [("definition", body["definition"]), *found]


def sides(body: Document) -> list[str]:
    """The coverage of both windows."""
    return [percentage(body[f"coverage_{name}"]) for name in ("before", "after")]


def counts(body: Document) -> str:
    """The window of which days count; its end moves until it has all of them."""
    begin, end = body["report_from"], body["report_to"]
    return f"from {clock(begin)}" + (f" to {clock(end)}" if end != begin else "")


def windows(body: Document) -> list[tuple[str, object]]:
    """What is compared with what, and how sure that is."""
    frozen, way = body["baseline"], body["interval"]
    late = ", after go-live" if body["frozen_late"] else ""
    span = [clock(frozen[key]) for key in ("from", "to")]
    days = [counted(body[key], "day") for key in ("n_before", "n_after")]
    found: list[tuple[str, object]] = [
        ("baseline", f'{frozen["id"]} "{frozen["name"]}", version {frozen["version"]}'),
        ("", f"{span[0]} to {span[1]}, {days[0]}; because: {frozen['reason']}"),
        ("", f"frozen {clock(frozen['frozen_at'])}{late}; digest {frozen['digest'][:16]}…"),
        ("go-live", clock(body["go_live"])),
        ("counted", f"{counts(body)}, {days[1]}"),
        ("due", body["due"]),
        ("status", body["status"]),
    ]
    if way:
        found.append(("interval", f"{percentage(way['confidence'])}, {way['method']}"))
    return found
