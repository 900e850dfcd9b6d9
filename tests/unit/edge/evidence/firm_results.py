"""Results of firms that were never there: days whose ratios are what a test wants them to be."""

from typing import Any

from edge.records.firms import Imported

Document = dict[str, Any]
DAYS = 24
HOURS = 10.0  # planned a day


def days(value: float, hours: float = HOURS, wave: float = 0.02) -> list[Document]:
    """Days whose sums are in this ratio: one a little above is followed by one as much below."""
    return [
        {
            "day": f"2026-{3 + n // 28:02d}-{1 + n % 28:02d}",
            "numerator": value * hours * (1 + wave * (-1) ** n),
            "denominator": hours,
            "coverage": 1.0,
        }
        for n in range(DAYS)
    ]


def result(before: float, after: float, **more: Any) -> Document:  # noqa: ANN401 - keys of a target
    """The published figures of a target, as far as firms are compared by them."""
    hours = more.pop("hours", HOURS)
    target = {
        "id": "t1",
        "line_name": "1호기",
        "measure": "throughput_per_hour",
        "unit": "{piece}/h",
        "definition": "lineproof/throughput_per_hour@1",
        "higher_is_better": True,
        "verdict": "improved",
        "before": before,
        "after": after,
        "series": [],
        **more,
    }
    return {
        "format": "lineproof-result/1",
        "target": target,
        "days": {"baseline": days(before, hours), "report": days(after, hours)},
    }


def package(site: str, found: Document, **more: str) -> Imported:
    """A package of a site that was imported."""
    told = {
        "manifest": f"{site}-{found['target']['id']}",
        "site": site,
        "site_name": site.title(),
        "target": found["target"]["id"],
        "as_of": "2026-04-01T08:00:00+09:00",
        "key": "0" * 32,
        **more,
    }
    return Imported(**told, imported_ns=1, result=found)
