"""Rows 28 to 35, and 123: what happens when our own clock is wrong, and when another's is.

The service runs under libfaketime, which reads the time to show from a file at every look; time
since boot stays what it is, as when somebody sets a real clock.
"""

import json
import os
import sqlite3
import subprocess
import time
from contextlib import closing
from functools import partial

from tests.faults.matrix import fault
from tests.faults.stage import Stage
from tests.servers.faketime import environment
from tests.system.rig import LINEPROOF, Document, reported, until
from tests.system.witness import decoded

DAY_S = 86_400
YEARS_10_S = 3_650 * DAY_S
AWAY_S = 8.0
SLACK_NS = 2_000_000_000
AHEAD_S = 120.0
ALARM_S = 90.0


def shown(stage: Stage, by_s: float) -> None:
    """Show the service a clock that is ahead by so many seconds."""
    (stage.folder / "shown").write_text(f"{by_s:+.0f}\n")


def under(stage: Stage, by_s: float = 0.0) -> None:
    """Start the service anew under a clock that can be moved."""
    stage.gateway.stop()
    shown(stage, by_s)
    stage.gateway.setting = environment(stage.folder / "shown")
    stage.gateway.start()
    until(stage.gateway.answers, "it answers")


def clock(stage: Stage) -> Document:
    """What the health page says of the clock."""
    try:
        found: Document = stage.gateway.get("health")["clock"]
    except OSError:  # a busy machine
        return {"why": "", "held_rows": 0, "trusted": False}
    return found


def waits(stage: Stage, why: str) -> None:
    """Rows wait for some time, for this reason; they are acknowledged, and no block is made."""
    until(lambda: clock(stage)["why"] == why, f"the clock is {why}")
    until(lambda: clock(stage)["held_rows"] > 0, "rows wait")
    block = stage.gateway.get("health")["journal"]["newest_block"]
    before = clock(stage)["held_rows"]
    stage.run_for(AWAY_S)
    found = stage.gateway.get("health")
    assert found["clock"]["held_rows"] > before, found["clock"]
    assert found["journal"]["newest_block"] == block, "rows were given a wrong time"
    assert "finding.clock" in {one["title"] for one in found["findings"]}


def right(stage: Stage) -> float:
    """Show the right time again; seconds until what is made then is stored, in its place."""
    shown(stage, 0)
    waited_s = stage.fresh(time.time_ns())
    until(lambda: clock(stage)["trusted"] and not clock(stage)["held_rows"], "all is dated")
    return waited_s


def arrivals(stage: Stage, from_ns: int) -> None:
    """Every row came when it did, by the right clock: so says the journal, read by others."""
    with closing(sqlite3.connect(f"file:{stage.gateway.data}/journal.db?mode=ro", uri=True)) as db:
        bodies = [body for (body,) in db.execute("select body from block") if body]
    for _, source_ns, received_ns, _, status in (row for body in bodies for row in decoded(body)):
        assert from_ns - SLACK_NS < received_ns < time.time_ns() + SLACK_NS, received_ns
        assert received_ns > source_ns - SLACK_NS, (source_ns, received_ns)
        assert status & 0x1000 == 0, hex(status)


@fault("28", "boot ten years back, time set after a while", is_short=True)
def boot_wrong(stage: Stage) -> float:
    """Rows wait through a restart, and get the times at which they came."""
    began_ns = time.time_ns()
    stage.connected()
    under(stage, -YEARS_10_S)
    waits(stage, "before_build")
    stage.gateway.kill()
    stage.gateway.start()
    until(stage.gateway.answers, "it answers")
    waits(stage, "before_build")
    waited_s = right(stage)
    arrivals(stage, began_ns)
    return waited_s


@fault("29", "clock moved by 200 days while running, and back")
def step_ahead(stage: Stage) -> float:
    """No link is given up, and nothing gets a time of the future."""
    return stepped(stage, 200 * DAY_S)


@fault("30", "clock moved back by 30 days while running, and forth")
def step_back(stage: Stage) -> float:
    """No link is given up, blocks go on, and nothing gets a time of the past."""
    return stepped(stage, -30 * DAY_S)


def stepped(stage: Stage, by_s: float) -> float:
    """The clock is moved for a while."""
    began_ns = time.time_ns()
    stage.connected()
    under(stage)
    stage.connected()
    links = stage.to_plc.connects, stage.to_broker.connects
    shown(stage, by_s)
    waits(stage, "moved")
    assert (stage.to_plc.connects, stage.to_broker.connects) == links, "a link was given up"
    waited_s = right(stage)
    until(lambda: len(moves(stage)) == 2, "both moves stand in the ledger")
    arrivals(stage, began_ns)
    return waited_s


def moves(stage: Stage) -> list[str]:
    """What the ledger says of moves of the clock."""
    reasons = [str(gap["reason"]) for gap in stage.gateway.get("health")["gaps"]]
    return [reason for reason in reasons if reason.startswith("clock moved by")]


@fault("31", "machine's clock two minutes ahead")
def skewed(stage: Stage) -> None:
    """Both times are kept; how far it is off is shown and told."""
    stage.connected()
    until(partial(is_told, stage, 0.0), "it is right", ALARM_S)
    stage.packing.ahead_s = AHEAD_S  # not back again: the judge takes times that fall for disorder
    until(partial(is_told, stage, AHEAD_S), "it is told", ALARM_S)


def is_told(stage: Stage, ahead_s: float) -> bool:
    """Whether the health page shows the skew of the broker's machine, and whether it is one."""
    found = stage.gateway.get("health")
    titles = {one["title"] for one in found["findings"] if one["source"] == "broker"}
    shown_s = next(one["ahead_s"] for one in found["sources"] if one["id"] == "broker")
    is_near = shown_s is not None and abs(shown_s - ahead_s) < 2
    return is_near and ("finding.clock_skewed" in titles) == (ahead_s != 0)


@fault("33", "another time zone of the system")
def zones(stage: Stage) -> float:
    """UTC is stored, and figures are by the site's calendar, wherever the box thinks it is."""
    stage.connected()
    for zone in ("Pacific/Auckland", "America/New_York"):
        stage.gateway.stop()
        stage.gateway.setting = {"TZ": zone}
        stage.gateway.start()
        stage.connected()
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 9 * 3_600))  # of the site
    stage.packing.stop()
    stage.plc.stand()
    stage.run_for(2.0)
    found = [figures(stage, zone, day) for zone in ("Pacific/Auckland", "America/New_York", "UTC")]
    assert found[0], "no figures"
    assert found[0] == found[1] == found[2]
    return 0.0


def figures(stage: Stage, zone: str, day: str) -> list[tuple[str, str, float]]:
    """The pieces of each hour of the site's day, where the box has this zone."""
    line = [LINEPROOF, "kpi", "--config", str(stage.gateway.folder), "--line", "mask-1"]
    line += ["--by", "hour", "--json", "--from", f"{day}T00:00", "--to", f"{day}T23:59"]
    setting = {**os.environ, "TZ": zone}
    done = subprocess.run(line, env=setting, check=True, capture_output=True, timeout=60)
    rows = json.loads(done.stdout)["rows"]
    return [(row["from"], row["machine"], row["elements"]["PQ"]) for row in rows]


@fault("123", "clock moved back across an hour that is sealed")
def back_over_a_seal(stage: Stage) -> float:
    """What comes after makes a further part; no part is touched."""
    stage.connected()
    under(stage)
    sealed = parts_after(stage, 0)
    shown(stage, 0)
    confirm(stage)
    stage.run_for(AWAY_S)
    again = parts_after(stage, len(sealed))
    assert again.items() >= sealed.items(), "a part was replaced"
    shown(stage, 0)
    confirm(stage)
    return stage.fresh(time.time_ns())


def parts_after(stage: Stage, known: int) -> dict[str, str]:
    """Move the clock two hours ahead, so that the hour is over; the parts with their hashes."""
    shown(stage, 7_200)
    confirm(stage)
    listed = ("archive", "list", "--config", stage.gateway.folder)
    until(lambda: len(reported(*listed)["parts"]) > known, "the hour is sealed", ALARM_S)
    return {part["path"]: part["sha256"] for part in reported(*listed)["parts"]}


def confirm(stage: Stage) -> None:
    """A person says that the clock is right as it is shown."""
    line = [LINEPROOF, "clock", "--confirm", "--config", str(stage.gateway.folder)]
    setting = {**os.environ, **stage.gateway.setting}
    subprocess.run(line, env=setting, check=True, capture_output=True, timeout=30)
    until(lambda: bool(clock(stage)["trusted"]), "it is believed")
