"""What people do to stops: figures follow, no second is lost, and everything can be taken back."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from edge.engine.entering import stop_edits
from edge.engine.entering.stop_edits import Wish
from edge.engine.floor import stops
from edge.engine.folding.anew import Refold
from edge.engine.view import View
from edge.errors import Changed, NotFound, Refused
from edge.model import SECOND_NS
from edge.records.audit import Actor
from edge.records.proof import Edit
from edge.records.revisions import LATE_FACTS
from tests.unit.edge.fact_desk import NOW, TEN_S, counting
from tests.unit.edge.fold_desk import Desk, at, moved, site_of

BY = Actor("kim", "this box")
CODES = {"run": 1, "change": 2, "fault": 3, "wait": 4}
FOUND = (("08:20", "08:50"), ("09:10", "09:30"), ("10:05", "10:06"))  # own stops
WAITED = ("11:00", "11:20")  # for others
STOPPED_S = (30 + 20 + 1 + 20) * 60.0
TIMES = ("adet_ns", "adet_external_ns", "aust_ns", "adot_ns", "apt_ns", "unknown_ns", "pbt_ns")


def view_of(desk: Desk) -> View:
    """The site as commands see it."""
    refold = Refold(desk.site, desk.memory, desk.records)
    return View(desk.site, desk.memory, desk.records, desk.clock, refold)


def morning_in(folder: Path, name: str = "records") -> Desk:
    """A body that ran from eight to twelve but for three stops of its own and one wait."""
    desk = Desk(site_of(counting()), folder, name)
    desk.clock.now_ns = NOW
    told, spans = [], [(*span, CODES["fault"]) for span in FOUND] + [(*WAITED, CODES["wait"])]
    for t_ns in range(at("08:00"), at("12:00") + 1, TEN_S):
        inside = [code for begin, end, code in spans if at(begin) <= t_ns < at(end)]
        told.append((t_ns, inside[0] if inside else CODES["run"]))
    desk.memory.write(moved(desk.told("body", "state", *told), NOW))
    desk.run()
    return desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """That morning."""
    return morning_in(tmp_path)


def listed(desk: Desk) -> list[dict[str, Any]]:
    """All stops of the morning."""
    found: list[dict[str, Any]] = stops.listed(view_of(desk), "mask", at("08:00"), at("12:00"))[
        "stops"
    ]
    return found


def name(begin: str) -> str:
    """The stop that begins at a time."""
    return f"mask/body/{at(begin)}"


def do(desk: Desk, stop: str, **wish: str) -> dict[str, Any]:
    """Do one thing to a stop, as it is shown now, and fold."""
    version = next((one["version"] for one in listed(desk) if one["id"] == stop), 0)
    found = stop_edits.shape(view_of(desk), stop, version, Wish(**wish), BY)
    desk.run()
    return found


def view_time(at_ns: int) -> str:
    """Local time of the morning."""
    minutes, seconds = divmod((at_ns - at("00:00")) // SECOND_NS, 60)
    return f"2026-03-02T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}+09:00"


def brief(desk: Desk) -> list[tuple[str, float, str, str | None]]:
    """Begin, length, state and cause of each stop."""
    return [(s["from"][11:16], s["seconds"], s["state"], s["cause"]) for s in listed(desk)]


def lost(desk: Desk, who: str | None = "body") -> dict[str, float]:
    """Times of the morning in minutes, and how many own stops began."""
    found = desk.sums(who, "08:00", "12:00")
    minutes = {name: found[name] / SECOND_NS / 60 for name in TIMES}
    return {**minutes, "stops_n": found["stops_n"]}


def test_a_split_makes_two_stops_and_no_second_more(desk: Desk) -> None:
    """Two names, the same time, one failure more; the second begins with what was said."""
    before, first = lost(desk), name("08:20")
    stop_edits.explain(view_of(desk), first, Edit(0, "breakdown", "belt"), BY)

    found = do(desk, first, split_at="2026-03-02T08:30:00+09:00")

    assert (found["id"], found["seconds"], found["version"]) == (first, 600.0, 2)
    second = listed(desk)[1]
    assert [second[key] for key in ("id", "seconds", "reason", "note", "version")] == [
        name("08:30"),
        1200.0,
        "breakdown",
        "belt",
        1,
    ]
    for who in ("body", None):
        assert lost(desk, who) == {**before, "stops_n": 4.0}


def test_two_stops_become_one_without_what_ran_between(desk: Desk) -> None:
    """It bears the first one's name and both lengths, counts as one, and can be parted again."""
    before, table = lost(desk), desk.table()
    stop_edits.explain(view_of(desk), name("09:10"), Edit(0, "quality", None), BY)

    found = do(desk, name("09:10"), merge_with=name("08:20"))

    assert (found["id"], found["seconds"], found["reason"]) == (name("08:20"), 3000.0, "quality")
    assert [part["from"][11:16] for part in found["parts"]] == ["08:20", "09:10"]
    assert found["to"][11:16] == "09:30"
    assert lost(desk) == {**before, "stops_n": 2.0}
    assert [one[0] for one in brief(desk)] == ["08:20", "10:05", "11:00"]

    do(desk, name("08:20"), split_at="2026-03-02T09:00:00+09:00")
    assert [one[0] for one in brief(desk)] == ["08:20", "09:10", "10:05", "11:00"]
    assert desk.table() == table


def test_another_class_moves_the_time_and_restates_final_rows(desk: Desk) -> None:
    """Own delay becomes change-over in machine and line; the old rows stay, with the reason why."""
    before, table, known_ns = lost(desk), desk.table(), desk.clock.now_ns
    desk.clock.now_ns += SECOND_NS

    found = do(desk, name("08:20"), state="setup")

    assert [found[key] for key in ("state", "cause", "was", "seconds")] == [
        "setup",
        None,
        "delayed",
        1800.0,
    ]
    for who in ("body", None):
        moved_min = {"adet_ns": before["adet_ns"] - 30, "aust_ns": 30.0}
        assert lost(desk, who) == {**before, **moved_min, "stops_n": 2.0}
    rows = desk.rows()
    changed = [rows.words[code] for code in rows["reason"].tolist() if code]
    assert set(changed) == {LATE_FACTS}
    kept = desk.rows(as_of=known_ns)
    assert kept["adet_ns"].sum() / SECOND_NS / 60 == before["adet_ns"]

    assert do(desk, name("08:20"), state="delayed")["was"] is None
    assert desk.table() == table


def test_a_wait_can_be_an_own_stop_and_the_other_way_round(desk: Desk) -> None:
    """Cause and count of failures follow."""
    before = lost(desk)
    do(desk, name("11:00"), state="delayed")
    do(desk, name("09:10"), state="delayed:external")

    assert brief(desk)[1] == ("09:10", 1200.0, "delayed", "external")
    assert brief(desk)[3] == ("11:00", 1200.0, "delayed", "internal")
    assert lost(desk) == before


def test_a_part_of_a_stop_can_have_a_class_of_its_own(desk: Desk) -> None:
    """Called as a whole, cut, one part called back; in whichever order the parts are called."""
    do(desk, name("08:20"), state="setup")
    do(desk, name("08:20"), split_at="2026-03-02T08:30:00+09:00")
    do(desk, name("08:30"), state="delayed")
    assert brief(desk)[:2] == [
        ("08:20", 600.0, "setup", None),
        ("08:30", 1200.0, "delayed", "internal"),
    ]
    assert lost(desk)["aust_ns"] == 10.0

    do(desk, name("08:20"), state="idle")
    assert brief(desk)[:2] == [
        ("08:20", 600.0, "idle", None),
        ("08:30", 1200.0, "delayed", "internal"),
    ]
    assert (lost(desk)["adot_ns"], lost(desk)["aust_ns"]) == (10.0, 0.0)


EDIT = st.tuples(
    st.sampled_from(["split", "merge", "class"]), st.integers(0, 99), st.integers(1, 99)
)


@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(st.lists(EDIT, max_size=4))
def test_whatever_is_done_no_second_appears_or_goes(edits: list[tuple[str, int, int]]) -> None:
    """The seconds of all stops, the planned time and what was made of it stay; counts agree."""
    with TemporaryDirectory() as folder:
        desk = morning_in(Path(folder))
        whole = lost(desk)
        for what, which, where in edits:
            one = listed(desk)[which % len(listed(desk))]
            try:
                if what == "split":
                    length_ns = int(one["seconds"] * SECOND_NS)
                    at_ns = int(one["id"].split("/")[2]) + length_ns * where // 100
                    do(desk, one["id"], split_at=view_time(at_ns))
                elif what == "merge":
                    do(desk, one["id"], merge_with=listed(desk)[where % len(listed(desk))]["id"])
                else:
                    state = ("delayed", "delayed:external", "setup", "idle")[where % 4]
                    do(desk, one["id"], state=state)
            except Refused:
                pass
        found, now = listed(desk), lost(desk)
        own = [s for s in found if (s["state"], s["cause"]) == ("delayed", "internal")]

    assert sum(stop["seconds"] for stop in found) == STOPPED_S
    stopped = ("adet_ns", "adet_external_ns", "aust_ns", "adot_ns")
    assert sum(now[n] for n in stopped) == sum(whole[n] for n in stopped) == STOPPED_S / 60
    assert [now[n] for n in ("apt_ns", "pbt_ns", "unknown_ns")] == [
        whole[n] for n in ("apt_ns", "pbt_ns", "unknown_ns")
    ]
    assert now["stops_n"] == len(own)


@settings(max_examples=4, deadline=None)
@given(st.permutations(["08:25", "08:40", "09:20", "join", "late"]))
def test_the_order_of_edits_changes_nothing(order: list[str]) -> None:
    """Cuts, a link, and samples that come late: the same stops and the same table."""

    def after(steps: list[str], folder: str) -> tuple[Any, Any]:
        desk = morning_in(Path(folder))
        for step in steps:
            if step == "join":
                last = max(s["id"] for s in listed(desk) if s["id"] < name("09:50"))
                do(desk, last, merge_with=name("10:05"))
            elif step == "late":
                row = desk.told("body", "state", ("11:40:05", CODES["fault"]))
                desk.memory.write(moved(row, NOW))
                desk.run()
            else:
                spans = [(s["id"], s["from"][11:16], s["to"][11:16]) for s in listed(desk)]
                one = next(n for n, begin, end in spans if begin < step < end)
                do(desk, one, split_at=f"2026-03-02T{step}:00+09:00")
        told = [(s["id"], s["seconds"], s["parts"]) for s in listed(desk)]
        return told, desk.table()

    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        assert after(order, one) == after(["late", "08:25", "08:40", "09:20", "join"], other)


def test_the_edges_of_a_question_never_change_a_stop(desk: Desk) -> None:
    """Joined and called stops come whole, whichever of their seconds is asked for."""
    do(desk, name("08:20"), merge_with=name("09:10"))
    do(desk, name("08:20"), state="setup")
    whole = listed(desk)[0]
    for begin, end in (("08:49", "08:50"), ("09:29", "12:00"), ("08:00", "08:21")):
        found = stops.listed(view_of(desk), "mask", at(begin), at(end))["stops"]
        assert found[0] == whole
    assert stops.listed(view_of(desk), "mask", at("09:00"), at("09:05"))["stops"] == []


def test_losses_follow_the_class(desk: Desk) -> None:
    """A stop that is called change-over is told as such, with its reason, and once."""
    stop_edits.explain(view_of(desk), name("08:20"), Edit(0, "cleaning", None), BY)
    do(desk, name("08:20"), state="setup")
    found = stops.by_reason(view_of(desk), "mask", at("08:30"), at("12:00"))["reasons"]
    assert found[1] == {"reason": "cleaning", "state": "setup", "seconds": 1200.0, "n": 1}
    assert sum(row["seconds"] for row in found) == STOPPED_S - 600


def test_who_did_what_is_kept(desk: Desk) -> None:
    """Each edit with who, when, what it was and what it is."""
    first = name("08:20")
    do(desk, first, split_at="2026-03-02T08:30:00+09:00")
    do(desk, first, state="setup")
    do(desk, first, state="delayed")
    do(desk, name("08:30"), merge_with=first)

    found = stops.history(view_of(desk), first)["history"]

    assert [one["what"] for one in found] == [
        "stop split",
        "stop class",
        "stop class",
        "stop merge",
    ]
    assert {one["who"] for one in found} == {"kim"}
    assert (found[0]["old"]["seconds"], found[0]["new"]["second"]) == (1800.0, name("08:30"))
    assert (found[2]["old"]["state"], found[2]["new"]) == ("setup", {"state": "delayed"})
    assert brief(desk)[0][:2] == ("08:20", 1800.0)


def test_the_second_of_two_sees_the_first(desk: Desk) -> None:
    """A version that is not the last one changes nothing, and the present stop comes back."""
    do(desk, name("08:20"), state="setup")
    table = desk.table()
    with pytest.raises(Changed) as error:
        stop_edits.shape(view_of(desk), name("08:20"), 0, Wish(state="idle"), BY)
    desk.run()
    assert (error.value.present["state"], error.value.present["version"]) == ("setup", 1)
    assert desk.table() == table


@pytest.mark.parametrize(
    ("stop", "wish", "says"),
    [
        ("08:20", {"split_at": "2026-03-02T08:50:00+09:00"}, "is not inside the stop"),
        ("08:20", {"split_at": "2026-03-02T08:49:59.5+09:00"}, "less than a second would be left"),
        ("08:20", {"merge_with": name("10:05")}, "another stop lies between them"),
        ("08:20", {"merge_with": name("08:20")}, "this is the same stop"),
        ("10:05", {"merge_with": name("11:00")}, "one is delayed, the other delayed:external"),
        ("08:20", {"state": "delayed"}, "it is delayed already"),
        ("08:20", {"state": "party"}, "'party' is no class of a stop"),
    ],
)
def test_what_cannot_be_done_is_refused(
    desk: Desk, stop: str, wish: dict[str, str], says: str
) -> None:
    """With what was seen and what to do; nothing is written."""
    with pytest.raises(Refused, match=says):
        do(desk, name(stop), **wish)
    assert len(listed(desk)) == 4
    assert stops.history(view_of(desk), name(stop))["history"] == []


def test_a_stop_that_is_not_there_cannot_be_shaped(desk: Desk) -> None:
    """It is said which list tells the names."""
    with pytest.raises(NotFound, match="there is no stop"):
        do(desk, name("08:21"), state="setup")
