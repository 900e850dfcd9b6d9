"""What a baseline rests on: the daily roots that cover the samples of its line.

A root is signed once a day is over and covers every sample of every signal. Of its leaves those of
one line's signals come to a digest here, so that it can be told later whether just they are still
the samples of then. It depends neither on files nor on their order.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from edge.engine.view import View, day_text
from edge.model import DAY_NS
from edge.records import roots
from edge.records.roots import Leaf
from edge.site import Line

Document = dict[str, Any]  # JSON


def signals_of(line: Line) -> list[str]:
    """The signals of a line, by path."""
    machines = line.machines
    return sorted(signal.path for each in machines for signal in each.signals.values())


def vouched(view: View, signals: Iterable[str], window: tuple[int, int]) -> list[Document]:
    """Of each UTC day of a window its newest root, and what the line's signals come to in it.

    Args:
        view: the site.
        signals: paths of those of the line, as it was configured then.
        window: [from_ns, to_ns).

    Returns:
        By day: `root`, the `block` of the journal up to which it was made, and `rows` and `samples`
        (SHA-256) of the line; all null where the day has no root yet.
    """
    newest = {one.day: one for one in roots.kept(view.records)}
    paths, found = set(signals), []
    for number in range(window[0] // DAY_NS, -(-window[1] // DAY_NS)):
        kept = newest.get(day_text(number))
        told: Document = dict.fromkeys(("root", "block", "rows", "samples"))
        if kept is not None:
            mine = [leaf for leaf in roots.leaves(view.records, kept.n) if leaf[0] in paths]
            told = {
                "root": hashlib.sha256(kept.document).hexdigest(),
                "block": json.loads(kept.document)["journal"]["block"],
                "rows": sum(rows for _, rows, _ in mine),
                "samples": digest(mine),
            }
        found.append({"day": day_text(number), **told})
    return found


def digest(leaves: list[Leaf]) -> str:
    """SHA-256 of some signals of a day, by path."""
    return hashlib.sha256(json.dumps(sorted(leaves), ensure_ascii=False).encode()).hexdigest()


def days_of_other_samples(frozen: list[Document], now: list[Document]) -> list[str]:
    """The days whose samples of the line are others than when a baseline was frozen."""
    known = {each["day"]: each["samples"] for each in now}
    return [
        each["day"]
        for each in frozen
        if each["samples"] is not None and known.get(each["day"]) != each["samples"]
    ]
