"""Packages of a site that goes on: what is made later of the same state is the same file."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.clock import Clock
from edge.engine.engine import Engine
from edge.engine.verdicts.targets import Wish
from edge.evidence.instant import Instant
from edge.evidence.keys import Signer
from edge.evidence.making import Origin, make
from edge.history import History
from edge.model import SECOND_NS, Batch
from tests.unit.edge.evidence.desk import (
    AFTER,
    BEFORE,
    BETWEEN,
    DAY_NS,
    DAYS,
    FIRST_NS,
    Desk,
    Document,
    checked,
    unpacked,
)

HOUR_NS = 3_600 * SECOND_NS
TODAY_NS = FIRST_NS + DAYS * DAY_NS


class LiveDesk(Desk):
    """The same site with a target whose window has no end, and a day that goes on."""

    def agree(self) -> None:
        """Promise what is judged on every day to come."""
        (frozen,) = self.engine().baselines()["baselines"]
        wish = Wish(
            *(("mask",), None, "throughput_per_hour", (frozen["id"],)),
            improve=0.1,
            value=None,
            go_live_ns=FIRST_NS + (BEFORE + BETWEEN) * DAY_NS,
        )
        self.target = str(self.engine().agree(wish)["id"])

    def go_on(self, from_ns: int, hours: int) -> None:
        """Let the machine run on, and the fold with it."""
        times = from_ns + np.arange(hours * 60) * 60 * SECOND_NS
        signals = self.site.signals()
        facts = {p: (s.kind.value, s.unit, s.source) for p, s in signals.items()}
        with self.stores.journal.transaction():
            ids = self.stores.catalog.ids(facts)
            number = np.full(len(times), ids["hanbit/mask/body/state"], np.uint32)
            told = np.full(len(times), 3.0), np.zeros(len(times), np.uint32)
            self.stores.journal.append(Batch(number, times, times + 7, *told))
            self.stores.ledger.alive("plc-mask", from_ns, int(times[-1]))
        self.engine_at(int(times[-1])).catch_up(lambda _: None)

    def engine_at(self, now_ns: int) -> Engine:
        """The engine at an instant."""
        return Engine(self.site, History(self.stores), self.records, Instant(now_ns))

    def package(self, out: Path, clock: Clock) -> Document:
        """The package of the target, made at an instant."""
        signer = Signer.of(self.folder / "keys")
        origin = Origin(self.site, self.stores, self.records, signer, clock)
        return make(origin, self.target, out, lambda _: None)


@pytest.fixture
def live(desk: Desk, tmp_path: Path) -> Iterator[LiveDesk]:
    """The site at the end of its days, and of their nights."""
    found = LiveDesk.copied(desk, tmp_path / "site")
    found.agree()
    yield found
    found.stores.close()


@pytest.mark.slow
def test_what_comes_later_changes_no_package_of_yesterday(live: LiveDesk, tmp_path: Path) -> None:
    """Made in the fourth hour of a day and in the ninth, it has the same bytes."""
    live.go_on(TODAY_NS, 4)
    first = live.package(tmp_path / "first.zip", Instant(TODAY_NS + 4 * HOUR_NS))
    live.go_on(TODAY_NS + 4 * HOUR_NS, 5)
    again = live.package(tmp_path / "again.zip", Instant(TODAY_NS + 9 * HOUR_NS))

    assert first["as_of"] == "2026-03-22T08:00:00+09:00"
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "first.zip").read_bytes()
    assert anywhere(again) == anywhere(first)
    assert checked(tmp_path / "again.zip", key=again["key"])["faults"] == []


def test_in_the_first_hours_of_a_day_the_state_is_that_of_the_day_before(
    live: LiveDesk, tmp_path: Path
) -> None:
    """What a package looks at behind its state must have come, or it would change."""
    live.go_on(TODAY_NS, 1)
    made = live.package(tmp_path / "early.zip", Instant(TODAY_NS + HOUR_NS))

    assert made["as_of"] == "2026-03-21T08:00:00+09:00"


def test_a_site_that_stands_still_is_judged_as_its_page_judges(tmp_path: Path) -> None:
    """The past was imported: quality data matured since, and package and page say the same."""
    (tmp_path / "site").mkdir()
    desk = LiveDesk(tmp_path / "site")
    lines = tuple(replace(line, maturity_days=9) for line in desk.site.lines)
    desk.site = replace(desk.site, lines=lines)
    desk.open()
    now_ns = TODAY_NS + 30 * DAY_NS + 5 * HOUR_NS
    made = desk.package(tmp_path / "still.zip", Instant(now_ns))
    page = desk.engine_at(now_ns).target(desk.target)
    filed = json.loads(unpacked(tmp_path / "still.zip")["result.json"])["target"]

    assert made["as_of"] == "2026-03-29T08:00:00+09:00"  # the window's end, and nine days
    assert filed["n_after"] == AFTER
    for name in ("n_after", "improvement_rate", "low", "high", "verdict", "gates"):
        assert filed[name] == page[name]
    assert checked(tmp_path / "still.zip")["faults"] == []
    desk.stores.close()


def anywhere(told: Document) -> Document:
    """What is told of a package, wherever it lies."""
    return {**told, "file": ""}
