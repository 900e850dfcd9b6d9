"""A package and a daily root as people read them: the verdict first, then what it rests on."""

import re
from collections.abc import Mapping, Sequence
from shlex import quote
from typing import Any

from edge.cli.layout import broken, section, terms
from edge.cli.output import say
from edge.cli.printing import WORDS, clock
from edge.evidence.checking import Report
from edge.evidence.roots import DayRoot
from edge.text.catalogue import text

Row = tuple[str, object]
HASH = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{48}\b")


def print_made(made: Mapping[str, Any]) -> None:
    """Print what was made, what to note of it elsewhere, and how anybody checks it."""
    size = f"{made['size'] / 1000:,.0f} kB"
    say(f"{made['file']}: package of target {made['target']} as of {clock(made['as_of'])}, {size}")
    section("to be noted elsewhere", terms(marks(made)))
    check = ["lineproof evidence verify", quote(made["file"]), "--recompute"]
    section("anybody checks it by", broken([" ".join(check), f"--key {made['key']}"]))


def print_checked(file: str, report: Report) -> None:
    """Print the verdict on a package, what differs, what cannot be known, and all that is right."""
    say(f"{file}: {'NOT verified' if report.faults else 'verified'}")
    if report.faults:
        section("what differs", told(report.checks, passed=False))
    section("what cannot be known", told(report.checks, passed=None))
    section("what is right", told(report.checks, passed=True))
    if report.facts:
        section("the package", terms(named(report.facts)))


def print_root(found: DayRoot) -> None:
    """Print what a daily root is of."""
    say(f"daily root of {found.day} (UTC)")
    about: list[Row] = [
        ("root", found.sha256),
        ("previous", found.previous),
        ("key", found.key),
        ("covers", f"{found.rows:,} samples of {found.signals:,} signals"),
        ("revision", found.revision),
        ("journal", f"block {found.journal.block}"),
    ]
    section("what it says", terms(about))


def told(checks: Sequence[Mapping[str, Any]], *, passed: bool | None) -> list[str]:
    """The checks with one outcome, by the names that the page gives them.

    A hash that is right stands whole among what is said of the package, and is cut here.
    """
    rows: list[Row] = []
    for check in checks:
        if check["passed"] is passed:
            detail = HASH.sub(r"\1…", check["detail"]) if passed else check["detail"]
            rows.append((text(WORDS, f"check.{check['code']}"), detail))
    return terms(rows)


def named(facts: Mapping[str, Any]) -> list[Row]:
    """Whose package it is, of when, and what made it."""
    software = sorted(facts["software"].items(), key=lambda one: one[0] != "lineproof")
    versions = ", ".join(f"{name} {version}" for name, version in software)
    return [
        ("site", f"{facts['site_name']} ({facts['site']})"),
        ("target", facts["target"]),
        ("as of", clock(facts["as_of"])),
        *marks(facts),
        ("made by", versions or None),
    ]


def marks(facts: Mapping[str, Any]) -> list[Row]:
    """What whoever keeps it finds another package by."""
    return [(name, facts[name]) for name in ("key", "manifest", "root", "previous")]
