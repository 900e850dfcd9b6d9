"""The catalogue of texts and the printing of figures."""

import ast
import json
import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.text import catalogue as texts

ROOT = Path(__file__).parents[3]
SOURCES = ("edge", "collectors", "kpi", "api")
PRINTED: dict[str, list[tuple[list[Any], str]]] = json.loads(  # Any: rows of mixed arguments
    Path(ROOT, "api/web/test/printed.json").read_text("utf8")
)
FUNCTIONS: dict[str, Callable[..., str]] = {
    "number": texts.number,
    "signed": texts.signed,
    "percent": texts.percent,
    "signed_percent": texts.signed_percent,
    "points": texts.points,
    "ppm": texts.ppm,
    "figure_ko": lambda value, unit: texts.figure("ko", value, unit),
    "figure_en": lambda value, unit: texts.figure("en", value, unit),
    "span_ko": lambda seconds: texts.span("ko", seconds),
}
CASES = [(name, arguments, wanted) for name, rows in PRINTED.items() for arguments, wanted in rows]


@pytest.mark.parametrize(
    ("name", "arguments", "wanted"),
    CASES,
    ids=[f"{name}-{n}" for n, (name, *_) in enumerate(CASES)],
)
def test_figures_are_printed_as_the_pages_print_them(
    name: str, arguments: list[object], wanted: str
) -> None:
    """One table of examples, written by hand, holds for Python and for the pages."""
    assert FUNCTIONS[name](*arguments) == wanted


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_a_printed_number_can_be_read_back(value: float, digits: int) -> None:
    """What is shown differs from what is known by half a unit of the last digit at most."""
    shown = texts.number(value, digits).replace(",", "").replace("\u2212", "-")
    assert abs(float(shown) - value) <= 0.5 * 10.0**-digits + 2 * math.ulp(value)


@pytest.mark.parametrize("unknown", [None, math.nan, math.inf])
def test_unknown_is_a_dash_and_never_a_zero(unknown: float | None) -> None:
    """Zero is printed for a measured zero only."""
    printers = (texts.number, texts.signed, texts.percent, texts.points, texts.ppm)
    assert {print_(unknown) for print_ in printers} == {"—"}
    assert texts.figure("ko", unknown, "{piece}") == "—"
    assert texts.percent(0.0) == "0.00\u00a0%"


def holes(text: str) -> set[str]:
    """Names of the placeholders of a text."""
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_language_has_the_same_keys_and_placeholders(language: str) -> None:
    """A text that one language lacks would appear in Korean on a page that is not."""
    korean, other = texts.catalogue("ko"), texts.catalogue(language)
    assert korean.keys() == other.keys()
    assert {key: holes(text) for key, text in korean.items()} == {
        key: holes(text) for key, text in other.items()
    }


def test_texts_hold_no_percent_sign_and_no_empty_line() -> None:
    """A percent sign comes from the printing function with a figure, never from a text."""
    for language in texts.LANGUAGES:
        for key, text in texts.catalogue(language).items():
            assert "%" not in text, (language, key)
            assert text == text.strip() != "", (language, key)


def test_forms_of_one_and_other_come_in_pairs() -> None:
    """A count of one and any other count both find a text."""
    keys = texts.catalogue("ko").keys()
    ones = {key.removesuffix(".one") for key in keys if key.endswith(".one")}
    others = {key.removesuffix(".other") for key in keys if key.endswith(".other")}
    assert ones == others != set()
    assert not ones & keys


def test_a_count_chooses_its_form_and_is_printed() -> None:
    """English says one stop and two stops; thousands are grouped."""
    said = [
        texts.text("en", "line.unexplained_n", n=n, time="20 min").split(" ·")[0]
        for n in (1, 2, 1200)
    ]
    assert said == [
        "1 stop without a reason",
        "2 stops without a reason",
        "1,200 stops without a reason",
    ]


def test_values_are_put_in_as_they_are() -> None:
    """A name with braces or backslashes is foreign text and is not looked into."""
    name = r"{state} \1 <b>"
    assert texts.text("en", "state.announce", line=name, state="x") == f"{name}: x"


def test_a_key_that_nobody_wrote_is_shown_itself() -> None:
    """A missing text must not hide the message around it, in any language."""
    assert texts.text("ko", "finding.never_heard_of") == "finding.never_heard_of"
    assert texts.text("de", "state.setup") == "교체"


def test_times_carry_their_own_zone() -> None:
    """A time is shown as the clock of its zone showed it."""
    at = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
    assert texts.moment("ko", at) == "2026-11-20 (금) 14:05"
    assert texts.day("en", at) == "2026-11-20 (Fri)"


def percent_signs(tree: ast.AST) -> Iterator[ast.AST]:
    """Places where a percent sign is made: format specs, and a sign that follows a value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = "".join(
                part.value
                for part in ast.walk(node.format_spec)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
            if spec.endswith("%"):
                yield node
        if isinstance(node, ast.JoinedStr):
            for before, part in zip(node.values, node.values[1:], strict=False):
                text = part.value if isinstance(part, ast.Constant) else ""
                after_value = isinstance(before, ast.FormattedValue)
                if after_value and isinstance(text, str) and re.match(r"\s?%", text):
                    yield node


def test_python_makes_a_percent_sign_in_one_place() -> None:
    """Ratios stay ratios up to the one function that prints them."""
    files = [file for folder in SOURCES for file in Path(ROOT, folder).rglob("*.py")]
    found = [
        f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        for file in files
        if "node_modules" not in file.parts and file.name != "catalogue.py"
        for node in percent_signs(ast.parse(file.read_text("utf8")))
    ]
    assert found == []
