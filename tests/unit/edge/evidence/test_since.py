"""Whoever holds a package learns that its rows were restated, though nothing else is opened."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import text

from edge.evidence.since import restated
from edge.moment import rfc3339
from edge.records import parts
from edge.records.loosened import Unplaced, put_loose
from edge.records.packages import packages
from edge.records.parts import read_elements
from tests.unit.edge.evidence.desk import AFTER, BEFORE, BETWEEN, DAY_NS, FIRST_NS, Desk, Document

HALF_AN_HOUR_NS = 1_800 * 10**9


@pytest.fixture
def own(desk: Desk, made: tuple[Path, Document], tmp_path: Path) -> Iterator[Desk]:
    """A site of which a package was made; those that other tests made of it are left out."""
    assert made[1]["target"] == desk.target
    found = Desk.copied(desk, tmp_path / "site")
    with found.records.writing() as db:
        db.execute(text("delete from package where manifest != :own"), {"own": made[1]["manifest"]})
    yield found
    found.stores.close()


def scrapped(desk: Desk, day: int, after_s: int = 60) -> None:
    """Tell scrap of a morning, so many seconds after the package was made."""
    engine, at_ns = desk.engine(after_s), FIRST_NS + day * DAY_NS
    ends = {"from": at_ns, "to": at_ns + HALF_AN_HOUR_NS}
    texts = {name: rfc3339(ns, engine.view.zone) for name, ns in ends.items()}
    wish = {"line": "mask", "kind": "scrap", "quantity": "11", "id": f"{day}", **texts}
    engine.enter_fact(wish)
    engine.catch_up(lambda _: None)


def by_hand(desk: Desk) -> dict[str, int]:
    """The same, row by row over everything."""
    found = dict[str, int]()
    for made in packages(desk.records):
        rows = read_elements(desk.records, "mask", FIRST_NS, made.as_of_ns)
        known = zip(rows["revision"].tolist(), rows["knowledge_ns"].tolist(), strict=True)
        times = [ns for revision, ns in known if revision and ns > made.made_ns]
        found |= {made.manifest: min(times)} if times else {}
    return found


def test_what_still_holds_is_not_opened(own: Desk) -> None:
    """Of fifty packages over a year the list is asked for by every page that shows them."""
    with patch.object(parts, "unpack_all", wraps=parts.unpack_all) as opened:
        found = restated(own.records)
    assert found == by_hand(own) == {}
    seen = [call.args[0] for call in opened.call_args_list]  # elements and usage
    assert seen == [[]] * 2 * len(packages(own.records)), "other tests made some too"


@pytest.mark.parametrize("day", [2, BEFORE + BETWEEN + 3])
def test_a_row_of_either_window_that_changes_is_seen(own: Desk, day: int) -> None:
    """With the moment at which it became known, and the first of several."""
    scrapped(own, day)
    first = restated(own.records)
    assert first == by_hand(own)
    assert len(first) == len(packages(own.records)) > 0
    scrapped(own, day + 1, after_s=3_600)
    assert restated(own.records) == by_hand(own) == first


@pytest.mark.parametrize(("day", "is_seen"), [(3, True), (BEFORE + BETWEEN + AFTER + 1, False)])
def test_a_loose_increment_that_changes_is_seen(own: Desk, day: int, *, is_seen: bool) -> None:
    """Figures of the day add it, and no row tells of it; when it came and when it went."""
    (package,) = packages(own.records)
    begin_ns, known_ns = FIRST_NS + day * DAY_NS, package.made_ns + 7
    end_ns = begin_ns + HALF_AN_HOUR_NS
    one, span = (
        Unplaced(None, "gq", begin_ns, end_ns, end_ns, 50.0, 50.0, 50.0),
        (end_ns, end_ns + 1),
    )
    with own.records.writing() as db:
        put_loose(db, "mask", span, [one], known_ns)
    assert restated(own.records) == ({package.manifest: known_ns} if is_seen else {})
    with own.records.writing() as db:
        db.execute(text("update loose set knowledge_ns = 0"))
        put_loose(db, "mask", span, [one._replace(amount=40.0)], known_ns + 1)
    assert restated(own.records) == ({package.manifest: known_ns + 1} if is_seen else {})


def test_what_changes_behind_the_state_is_no_change_of_it(own: Desk) -> None:
    """A package tells of the days up to its state."""
    scrapped(own, BEFORE + BETWEEN + AFTER + 1)
    assert restated(own.records) == by_hand(own) == {}


def test_rows_of_before_this_was_noted_are_opened(own: Desk) -> None:
    """Nothing is known of them from outside, so what they hold decides."""
    scrapped(own, 2)
    with own.records.writing() as db:
        db.execute(text("update part set restated_ns = null"))
    assert restated(own.records) == by_hand(own) != {}


def test_a_package_whose_baseline_was_lost_is_left_out(own: Desk) -> None:
    """Damaged records are taken over as far as they can be read; the list of packages still is."""
    scrapped(own, 2)
    with own.records.writing() as db:
        db.execute(text("delete from baseline"))
    assert restated(own.records) == {}
