"""The report of a package: what a target's result says, on a few pages for who was not there.

PDF/A-3a and PDF/UA-1, the figures attached as data. What always holds: the same result gives the
same bytes. Fonts come from the package alone, times from the state, and no text is read as markup.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from edge.evidence import counters, decisions, linting, manifest, parting, signing_off, standing
from edge.evidence.plots import axis, chart
from edge.evidence.wording import Words
from edge.evidence.zipping import Content
from edge.text import definitions
from edge.text.catalogue import UNKNOWN, number, percent, signed_percent, unit

if TYPE_CHECKING:
    import typst

Document = dict[str, Any]  # JSON
HERE = Path(__file__).parent
LANGUAGES = {"report.pdf": "ko", "report.en.pdf": "en"}
DIGESTS = ("result.json", "elements.parquet", "definitions.json")
GOOD, BAD = {"improved_at_least_target", "improved"}, {"worse"}
SMALLEST = 0.0001
STATES = {"delayed:external": "waiting"}  # the words of pages
RATES = ("improvement_rate", "attainment_rate", "share_of_target", "point_change")


class Cover(NamedTuple):
    """What a report says besides its result."""

    site: str
    key: str  # id of the key that signs the package
    software: str  # version of lineproof that made it


def reports(files: Mapping[str, Content], cover: Cover) -> dict[str, bytes]:
    """The reports of a package by the names of their files, one in each language.

    Args:
        files: what lies in the package: those of `DIGESTS`, decisions and parts.
        cover: what else they say.
    """
    digests = {name: manifest.listed_of(files[name]).sha256 for name in DIGESTS}
    raw, names = held(files, "result.json"), ("definitions.json", parting.FILE, linting.FILE)
    decided = json.loads(held(files, decisions.FILE))
    defined, behind, lints = (json.loads(held(files, name)) for name in names)
    told = {**decided, "cards": defined["cards"], "behind": behind, "lints": lints}
    return {
        name: report(raw, told, cover, digests, language) for name, language in LANGUAGES.items()
    }


def held(files: Mapping[str, Content], name: str) -> bytes:
    """The bytes of a document, which never lies in a file of its own."""
    raw = files[name]
    if not isinstance(raw, bytes):
        raise TypeError(f"{name} lies in a file; give its bytes")
    return raw


def report(
    raw: bytes, decided: Document, cover: Cover, digests: dict[str, str], language: str
) -> bytes:
    """The report in one language; the same bytes for the same result."""
    import typst  # noqa: PLC0415 - 7 MB that only who prints needs

    said = document(json.loads(raw), decided, cover, digests, language)
    found = typst.compile(
        HERE / "report.typ",
        font_paths=fonts(),
        ignore_system_fonts=True,
        pdf_standards=["a-3a", "ua-1"],
        timestamp=0,  # the template gives the time of the state
        sys_inputs={"report": json.dumps(said), "result": raw.decode()},
    )
    return bytes(found)


@cache
def fonts() -> "typst.Fonts":
    """Our own fonts and no others."""
    import typst  # noqa: PLC0415 - as above

    folder = str(HERE / "fonts")
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    )


def document(
    result: Document, decided: Document, cover: Cover, digests: dict[str, str], language: str
) -> Document:
    """Everything that is printed, as texts and shares of a width."""
    target, words = result["target"], Words(result["target"], language)
    at = datetime.fromisoformat(result["as_of"]).astimezone(UTC)
    kind = "good" if target["verdict"] in GOOD else "bad" if target["verdict"] in BAD else "open"
    name = f"{words.measure} · {target['line_name']}"
    return {
        "language": language,
        "site": cover.site,
        "title": name,
        "over": words("report.over", site=cover.site, target=target["id"]),
        "made": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "foot": words("report.foot", id=cover.key, digest=digests["result.json"][:16]),
        "attached": words("report.attached"),
        "words": {each: words(f"report.{each}") for each in SECTIONS},
        "tone": kind,
        "verdict": words(f"verdict.{target['verdict']}"),
        "says": words.says(),
        "axis": axis(words),
        "four": [four(words, each) for each in RATES],
        "basis": basis(words),
        "late": words.late(),
        "chart": chart(words),
        "gate_head": [words(f"report.gate_{each}") for each in ("state", "name", "seen")],
        "gates": gates(words),
        "baseline": baseline(words, result["baselines"], result["baselines_again"]),
        "interval": [*interval(words), *counters.printed(words, decided)],
        "interval_means": words.interval_means(),
        "behind": standing.printed(words, decided["behind"], decided["lints"]),
        "tasks": signing_off.printed(words, decided),
        "definition": definition(words, decided["cards"][0]),
        "versions": versions(words, result, cover, digests),
        "proves": [words(f"report.proves.{n}") for n in (1, 2)],
        "proves_not": [words(f"report.proves_not.{n}") for n in (1, 2, 3)],
        "how": how(words, cover),
    }


SECTIONS = (
    *("figures", "daily", "gates", "baseline", "interval", "tasks", "typed"),
    *("definition", "versions", "proves", "proves_not", "how"),
)


def four(words: Words, name: str) -> Document:
    """One of the four numbers, with how it is computed."""
    target, note = words.target, ""
    value = target[name]
    if name == "improvement_rate":
        printed = signed_percent(value)
        if target["low"] is not None and target["high"] is not None:
            ends = {"low": signed_percent(target["low"]), "high": signed_percent(target["high"])}
            note = words("targets.rate_interval", **ends)
    elif name == "point_change":
        printed = words.change()
    elif name == "attainment_rate" and target["zero_defects"]:
        printed = words("targets.zero_defects")
    else:
        printed = percent(value, 1)
    side = "higher" if target["higher_is_better"] else "lower"
    note = words("report.no_figure") if printed == UNKNOWN else note
    said = {"name": words(f"targets.{name}"), "value": printed, "note": note}
    return {**said, "formula": words(f"targets.{name}.{side}")}


def basis(words: Words) -> str:
    """Coverage, days and the share counted by hand: without them no figure is shown."""
    target = words.target
    covered = {side: percent(target[f"coverage_{side}"], 0) for side in ("before", "after")}
    told = [
        f"{words('targets.coverage')} {words('targets.before_after', **covered)}",
        words("targets.days_of", before=target["n_before"], after=target["n_after"]),
        words("targets.manual", share=percent(target["manual_share"], 0)),
        words(f"status.{target['status']}"),
    ]
    return " · ".join(told)


def gates(words: Words) -> list[Document]:
    """Every condition: failed ones first, then what nobody checked, then what was passed."""
    target = words.target
    known = {gate["code"] for gate in target["gates"]}
    loose = [code for code in target["not_checked"] if code not in known]
    failed = [code for code in target["reasons"] if code not in known and code not in loose]
    empty = {"passed": False, "seen": None, "needed": None}
    found = [
        *target["gates"],
        *({"code": code, **empty} for code in (*failed, *loose)),
    ]
    rows = [gate(words, each) for each in found]
    order = ("failed", "unchecked", "passed")
    return sorted(rows, key=lambda row: order.index(row["state"]))


def gate(words: Words, of: Document) -> Document:
    """One condition: what was seen, what was needed, and what to do where it failed."""
    code = of["code"]
    open_to_doubt = code in words.target["not_checked"]
    state = "unchecked" if open_to_doubt else "passed" if of["passed"] else "failed"
    return {
        "state": state,
        "said": words(f"report.{state}"),
        "name": words.or_code(f"gate.{code}", code),
        "seen": "" if open_to_doubt else words.seen(of),
        "do": words.or_code(f"gate.{code}.do", "") if state != "passed" else "",
    }


def baseline(words: Words, frozen: list[Document], again: list[Document]) -> list[list[str]]:
    """The freeze record of each baseline, and whether the samples still give it."""
    rows = []
    for body, fresh in zip(frozen, again, strict=True):
        window = words.period(body["from"], body["to"])
        days = words("time.days", n=body["days"])
        other = "other" if fresh["restated_days"] else "rows"
        now = "same" if fresh["digest"] == body["digest"] else other
        rows += [
            [words("report.version"), f"{body['id']} · {body['version']} · {body['name']}"],
            [words("targets.baseline_reason"), body["reason"]],
            [
                words("targets.baseline_period"),
                f"{window} · {days}",
            ],
            [words("report.frozen_at"), words.moment(body["frozen_at"])],
            [words("report.value"), words.figure(body["value"])],
            [words("targets.coverage"), percent(body["coverage"], 0)],
            [words("targets.digest"), body["digest"]],
            [words("targets.recomputed"), words(f"targets.recomputed_{now}")],
        ]
    return rows


def interval(words: Words) -> list[list[str]]:
    """How sure the figure is; a dash with its reason where there is no interval."""
    target, found = words.target, words.target["interval"]
    window = words.period(target["report_from"], target["report_to"])
    go_live = words.day(target["go_live"])
    rows = [[words("targets.go_live"), go_live], [words("targets.report_period"), window]]
    if found is None:
        return [*rows, [words("targets.method"), f"{UNKNOWN} {words('report.no_interval')}"]]
    share = words("targets.confidence", share=percent(found["confidence"], 0))
    p_value = found["p_value"]
    small = p_value is not None and p_value < SMALLEST
    known = f"< {number(SMALLEST, 4)}" if small else number(p_value, 4)
    effective = [number(found[f"n_eff_{side}"], 1) for side in ("before", "after")]
    method = words.or_code(f"method.{found['method']}", found["method"])
    return [
        *rows,
        [share, words.ends()],
        [words("targets.method"), method],
        [words("targets.n_eff"), " / ".join(effective)],
        [words("targets.p_value"), known],
    ]


def definition(words: Words, card: Document) -> list[list[str]]:
    """The card of the measure: what is printed beside a figure wherever it is read."""
    names = [card["ko"], card["en"]]
    states = [words(f"state.{STATES.get(name, name)}") for name in card["states"]]
    told = [words(f"told.{kind}") for kind in card.get("told", ())]
    return [
        [words("definition.names"), " · ".join(names)],
        [words("definition.formula"), definitions.formula(words.language, card)],
        [words("definition.unit"), unit(words.language, card["unit"]) or words("definition.ratio")],
        [words("definition.states"), ", ".join(states)],
        *([[words("definition.told"), ", ".join(told)]] if told else []),
        [words("definition.source"), definitions.source(words.language, card)],
        [words("definition.version"), card["id"]],
    ]


def versions(
    words: Words, result: Document, cover: Cover, digests: dict[str, str]
) -> list[list[str]]:
    """Ids, versions and digests."""
    return [
        [words("workbook.as_of"), words.moment(result["as_of"])],
        [words("report.software"), f"lineproof {cover.software}"],
        *([f"SHA-256 {name}", digest] for name, digest in digests.items()),
        [words("report.key"), cover.key],
    ]


def how(words: Words, cover: Cover) -> list[list[str]]:
    """How to verify in three lines."""
    commands = (
        f"lineproof evidence verify PACKAGE.zip --key {cover.key}",
        "lineproof evidence verify PACKAGE.zip --recompute",
        "sha256sum manifest.json",
    )
    return [[words(f"report.how.{n}"), each] for n, each in enumerate(commands, 1)]
