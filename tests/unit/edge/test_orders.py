"""Products and orders: named by a signal, else a person, else a plan; and what was planned."""

from pathlib import Path
from typing import Any

import pytest

from edge.engine.figures.figures import kpis
from edge.engine.figures.orders import orders
from edge.engine.floor.now import line_now
from edge.facts import Fact
from edge.site import Dated
from tests.unit.edge.fact_desk import NOW, desk_in, enter, fact, morning
from tests.unit.edge.fold_desk import Desk, at
from tests.unit.edge.test_entering import view_of

TWO = {"A": (Dated(1.0, None),), "B": (Dated(1.0, None),)}
HOUR = 3600  # pieces, at one a second


def plan(order: str, product: str, from_: str, to: str, quantity: float) -> Fact:
    """An order of the line."""
    keys: dict[str, Any] = {"order": order, "product": product, "machine": None}
    return fact("plan", from_, to, quantity, **keys)


def told(desk: Desk, by: str) -> dict[str | None, int]:
    """Good pieces of the line by product or order."""
    rows = kpis(view_of(desk), "mask", at("08:00"), at("12:00"), by)["rows"]
    return {row[by]: row["elements"]["GQ"] for row in rows if row["machine"] is None}


def folded(folder: Path, *facts: Fact, names: tuple[str, ...] = ()) -> Desk:
    """A morning with these facts."""
    desk = desk_in(folder, "good", *names, ideal_cycle_s=TWO)
    rows = morning(desk)
    rows += desk.told("body", "product", ("08:00", "A")) if names else []
    desk.memory.write(rows)
    desk.run()
    enter(desk, *facts)
    desk.run()
    return desk


def test_a_plan_names_what_ran_where_no_signal_does(tmp_path: Path) -> None:
    """From eight to ten the first order, then the second; before noon nothing was planned."""
    one, two = plan("W1", "A", "08:00", "10:00", 7000), plan("W2", "B", "10:00", "11:30", 6000)
    desk = folded(tmp_path, one, two)
    assert told(desk, "product") == {"A": 2 * HOUR, "B": 1.5 * HOUR, None: 0.5 * HOUR}
    assert told(desk, "order") == {"W1": 2 * HOUR, "W2": 1.5 * HOUR, None: 0.5 * HOUR}


def test_a_person_knows_better_than_a_plan(tmp_path: Path) -> None:
    """What was said to have run holds inside its time, the plan around it."""
    said = fact("product", "08:30", "09:00", None, what="B", machine=None)
    desk = folded(tmp_path, plan("W1", "A", "08:00", "12:00", 7000), said)
    assert told(desk, "product") == {"A": 3.5 * HOUR, "B": 0.5 * HOUR}
    assert told(desk, "order") == {"W1": 4 * HOUR}


def test_a_signal_knows_better_than_anybody(tmp_path: Path) -> None:
    """The product comes from the machine; nobody tells it the order, so the plan does."""
    desk = folded(tmp_path, plan("W1", "B", "08:00", "12:00", 7000), names=("product",))
    assert told(desk, "product") == {"A": 4 * HOUR}
    assert told(desk, "order") == {"W1": 4 * HOUR}


def test_an_order_tells_how_far_it_has_come(tmp_path: Path) -> None:
    """Planned, due by now on planned time, and made."""
    desk = folded(tmp_path, plan("W1", "A", "08:00", "20:00", 11_000))
    desk.clock.now_ns = at("14:00")  # five of eleven planned hours, noon to one is a break
    (found,) = orders(view_of(desk), "mask", at("08:00"), at("20:00"))["orders"]
    assert (found["order"], found["product"], found["planned"]) == ("W1", "A", 11_000)
    assert found["target_now"] == pytest.approx(5000)
    assert (found["good"], found["scrap"]) == (4 * HOUR, None)


def test_the_target_of_a_shift_follows_its_orders(tmp_path: Path) -> None:
    """Two orders share a shift; without any the plan of the shift's rule holds."""
    whole, part = plan("W1", "A", "08:00", "20:00", 1100), plan("W2", "B", "18:00", "22:00", 400)
    view = view_of(folded(tmp_path))
    before = line_now(view, view.line("mask"), at("10:00"))
    after = line_now(view_of(folded(tmp_path, whole, part)), view.line("mask"), at("10:00"))
    assert before["shift"]["plan"] == 1000
    assert after["shift"]["plan"] == 1300
    assert after["target_now"] == pytest.approx(1300 * 2 / 11)


def test_no_order_is_no_order(tmp_path: Path) -> None:
    """An empty list, and nothing is counted for it."""
    view = view_of(folded(tmp_path))
    assert orders(view, "mask", at("08:00"), NOW)["orders"] == []
