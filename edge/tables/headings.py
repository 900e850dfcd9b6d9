"""Headings of files of facts: which row they are, and what each means.

People put titles above them, and units and choices in brackets behind them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

FIRST_ROWS = 10  # among which the heading is looked for
ENOUGH = 2  # known headings in one row
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "line": ("라인",),
    "machine": ("설비", "기계"),
    "kind": ("종류", "구분"),
    "at": ("시각", "time"),
    "from": ("시작", "start"),
    "to": ("끝", "종료", "end"),
    "date": ("날짜", "일자", "생산일", "day"),
    "shift": ("근무조", "근무", "조", "교대", "교대조"),
    "quantity": ("수량", "qty"),
    "unit": ("단위",),
    "type": ("유형", "불량유형"),
    "reason": ("사유", "정지사유"),
    "product": ("제품", "품목", "품번"),
    "order": ("작업지시", "지시", "오더"),
    "lot": ("로트",),
    "due": ("납기",),
    "who": ("작업자", "입력자", "이름"),
    "note": ("비고", "메모"),
    "id": ("번호",),
    "good": ("양품", "양품수량"),
    "scrap": ("불량", "불량수량"),
    "rework": ("재작업",),
    "total": ("생산수량", "총생산"),
    "inspected": ("검사수량",),
    "passed": ("합격수량", "합격"),
    "work": ("작업시간", "공수"),
    "attendance": ("근태시간",),
    "repair": ("수리시간",),
    "maintenance": ("보전시간",),
}
KNOWN = {alias: name for name, others in COLUMNS.items() for alias in (name, *others)}
TIMES = ("at", "from", "to", "date", "due")
TELLS_WHEN = {"at", "from", "date"}
AMOUNTS = ("quantity", *list(COLUMNS)[list(COLUMNS).index("good") :])
# \uff08 and \uff09 are brackets as wide as a letter of Korean
BRACKETS = re.compile(r"[(\[\uff08]([^)\]\uff09]*)[)\]\uff09]")
ZONE = re.compile(r"utc|gmt|kst|jst|ict|[+-]\d", re.IGNORECASE)
UNITS: Mapping[str, Mapping[str, float]] = {
    "{piece}": {
        "": 1.0,
        "{piece}": 1.0,
        "piece": 1.0,
        "pieces": 1.0,
        "개": 1.0,
        "ea": 1.0,
        "매": 1.0,
        "pcs": 1.0,
    },
    "h": {"": 1.0, "h": 1.0, "hr": 1.0, "시간": 1.0, "min": 1 / 60, "분": 1 / 60},
    "": {"": 1.0},
}
NO_UNITS = {"", "ok", "ng", "수량", "개수"}  # in brackets behind an amount


class Heading(NamedTuple):
    """The row or two rows that name the columns."""

    row: int  # the last of them, from 1
    texts: list[str]
    names: list[str]  # ours; empty where a text means nothing here

    @property
    def tells(self) -> bool:
        """Whether these are headings at all, and one tells when."""
        return sum(map(bool, self.names)) >= ENOUGH and bool(TELLS_WHEN & set(self.names))

    @property
    def units(self) -> Mapping[str, str]:
        """What stands in brackets behind the amounts, by our names."""
        inner = {
            name: match[1].strip()
            for name, text in zip(self.names, self.texts, strict=True)
            if name in AMOUNTS and (match := BRACKETS.search(text))
        }
        return {name: unit for name, unit in inner.items() if unit.lower() not in NO_UNITS}


def name_of(text: str) -> str:
    """Our name of a column; empty where nobody knows it, or a time has a zone of its own.

    >>> name_of("근무조(주/야)"), name_of("불량 수량 (EA)"), name_of("Date"), name_of("시작(UTC)")
    ('shift', 'scrap', 'date', '')
    """
    name = KNOWN.get("".join(BRACKETS.sub("", text).split()).lower(), "")
    brackets = BRACKETS.search(text)
    return "" if name in TIMES and brackets and ZONE.search(brackets[1]) else name


def heading_of(rows: Sequence[Sequence[str]]) -> Heading:
    """The heading among the first rows of a table.

    It is the first row with two headings of which one tells when; else the first with two, or the
    first of all. A row right below that holds nothing but headings belongs to it.
    """
    found = [read(nth, row) for nth, row in enumerate(rows[:FIRST_ROWS], start=1)]
    many = [one for one in found if sum(map(bool, one.names)) >= ENOUGH]
    best = next((one for one in many if one.tells), next(iter(many or found), Heading(1, [], [])))
    below = found[best.row] if best.row < len(found) else None
    return both(best, below) if below and below_it(below) else best


def read(nth: int, row: Sequence[str]) -> Heading:
    """A row as if it were the heading."""
    texts = [text.strip() for text in row]
    return Heading(nth, texts, [name_of(text) for text in texts])


def below_it(row: Heading) -> bool:
    """Whether a row is the second of a heading: nothing in it is anything but a heading."""
    return any(row.names) and list(map(bool, row.names)) == list(map(bool, row.texts))


def both(upper: Heading, lower: Heading) -> Heading:
    """Two rows as one: where the lower says something it holds."""
    width = max(len(upper.texts), len(lower.texts))
    rows = [one.texts + [""] * (width - len(one.texts)) for one in (upper, lower)]
    return read(lower.row, [low or up for up, low in zip(*rows, strict=True)])


def alone(cells: Mapping[str, str], kind: str) -> Mapping[str, str]:
    """A row as if it told of one kind only, in the unit that the kind's own heading has."""
    unit = cells.get(f"{kind} unit") or cells.get("unit", "")
    return {**cells, "quantity": cells[kind], "unit": unit}
