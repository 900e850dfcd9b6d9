"""Signals as people look at them: scaled, with their quality, and thinned where there are many."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.engine.figures.samples import thinned
from edge.errors import NotFound
from edge.model import SECOND_NS, STATUS_BAD, STATUS_UNCERTAIN, Samples
from edge.site import Kind, Signal
from tests.unit.edge.figure_desk import Desk, at, line_of, machine, site_of

SAMPLE = st.tuples(
    st.integers(0, 10**6), st.floats(-1e3, 1e3) | st.just(float("nan")), st.booleans()
)


@given(st.lists(SAMPLE, min_size=1, max_size=200), st.integers(3, 60))
def test_a_picture_of_thinned_samples_shows_every_peak(
    samples: list[tuple[int, float, bool]], points: int
) -> None:
    """Of each column of time the least, the greatest and a gap stay; few are left."""
    samples.sort(key=lambda one: one[0])
    t_ns, value, bad = (list(column) for column in zip(*samples, strict=True))
    status = [STATUS_BAD if one else 0 for one in bad]
    columns = Samples(np.array(t_ns, np.int64), np.array(value), np.array(status, np.uint32))

    kept = thinned(columns, (0, 10**6 + 1), points).tolist()

    assert kept == sorted(set(kept))
    if len(samples) <= points:
        assert kept == list(range(len(samples)))
        return
    assert len(kept) <= max(points, 3)
    count = max(1, points // 3)
    width = -(-(10**6 + 1) // count)
    for column in range(count):
        mine = [i for i, t in enumerate(t_ns) if t // width == column]
        known = [value[i] for i in mine if not bad[i] and not np.isnan(value[i])]
        shown = [i for i in kept if t_ns[i] // width == column]
        seen = [value[i] for i in shown if not bad[i] and not np.isnan(value[i])]
        assert (min(known, default=0), max(known, default=0)) == (
            min(seen, default=0),
            max(seen, default=0),
        )
        assert len(known) == len(mine) or len(seen) < len(shown)


def test_months_of_nanoseconds_do_not_overflow() -> None:
    """A column of a quarter of a year times a thousand points is more than an int64 holds."""
    t_ns = np.arange(0, 90 * 86_400 * SECOND_NS, 3600 * SECOND_NS)
    samples = Samples(t_ns, np.arange(len(t_ns)).astype(np.float64), np.zeros(len(t_ns), np.uint32))

    kept = thinned(samples, (0, 90 * 86_400 * SECOND_NS), 2000)

    assert 1300 <= len(kept) <= 2000


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A body with a scaled temperature and a product in words."""
    body = machine("body", "state", "good", "product")
    path = "hanbit/mask/body/temperature"
    temperature = Signal(path, "temperature", Kind.GAUGE, "Cel", "plc", scale=0.1, offset=-40.0)
    body = replace(body, signals={**body.signals, "temperature": temperature})
    desk = Desk(tmp_path, site_of(line_of(body)), at("10:00"))
    desk.memory.texts = {7: "KF94-L"}
    desk.memory.say(path, (at("09:00"), 600.0), (at("09:59"), 655.0))
    desk.memory.say(path, (at("09:30"), float("nan")), status=STATUS_BAD)
    desk.memory.say("hanbit/mask/body/product", (at("08:00"), 7.0), status=STATUS_UNCERTAIN)
    return desk


def test_samples_are_shown_in_their_unit(desk: Desk) -> None:
    """Scale and offset are applied; what is unknown stays unknown, with its status."""
    found = desk.engine.samples("hanbit/mask/body/temperature", at("08:00"), at("10:00"), 100)

    assert (found["signal"], found["unit"], found["downsampled"]) == (
        "hanbit/mask/body/temperature",
        "Cel",
        False,
    )
    assert [(one["value"], one["text"], one["quality"]) for one in found["samples"]] == [
        (20.0, None, "good"),
        (None, None, "bad"),
        (25.5, None, "good"),
    ]
    assert found["samples"][0]["time"] == "2026-03-02T09:00:00+09:00"
    assert found["as_of"] == "2026-03-02T10:00:00+09:00"


def test_words_are_shown_as_words(desk: Desk) -> None:
    """A symbol's number means nothing outside."""
    found = desk.engine.samples("hanbit/mask/body/product", at("08:00"), at("10:00"), 100)[
        "samples"
    ]

    assert [(one["value"], one["text"], one["quality"]) for one in found] == [
        (None, "KF94-L", "uncertain")
    ]


def test_every_signal_tells_its_last_word(desk: Desk) -> None:
    """With its age; one that never spoke has none."""
    found = {one["path"]: one for one in desk.engine.signals()["signals"]}

    assert found["hanbit/mask/body/temperature"]["last"]["value"] == 25.5
    assert found["hanbit/mask/body/temperature"]["age_s"] == 60.0
    assert found["hanbit/mask/body/product"]["last"]["text"] == "KF94-L"
    assert found["hanbit/mask/body/good"]["last"] is None
    assert found["hanbit/mask/body/good"]["age_s"] is None


def test_an_unknown_signal_is_refused(desk: Desk) -> None:
    """With how many there are and where they are listed."""
    with pytest.raises(NotFound, match="there is no signal 'hanbit/x'; `/signals` lists all 4"):
        desk.engine.samples("hanbit/x", 0, 1, 10)
