"""The demo's past: simulated, imported and folded like anybody's, in a process of its own.

Prints one JSON line per step: what was done, in words, and the share of all. At the end it freezes
the baselines and agrees on the targets, as a mentor would; both are dated when that is done, so
they bear the mark of a baseline that was frozen after go-live, and say why.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from edge.cli.demo_tasks import seed
from edge.cli.import_samples import writing
from edge.cli.output import note, percentage
from edge.cli.site import site_of
from edge.engine.engine import Engine
from edge.engine.verdicts import baselines, targets
from edge.errors import Refused
from edge.importing import import_files
from edge.model import DAY_NS
from edge.moment import parse

Document = dict[str, Any]  # JSON
IMPORTED = 0.5  # of the share that pages show: days imported, then days whose figures are made
PREFIX = "past-"
REASON = (
    "개선 전 안정 기간. 데모의 과거는 모의 데이터를 처음 켤 때 한 번에 가져온 것이어서, "
    "기준선도 그때, 곧 적용일보다 늦게 확정했습니다."
)
"""A baseline is dated when it was frozen: nobody froze one in a past that was not there yet."""


def main() -> None:
    """Simulate, import, fold, freeze, agree, and write down who works on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("end_ns", type=int)
    parser.add_argument("--start", type=int, required=True)
    parser.add_argument("--days", type=int, required=True)
    options = parser.parse_args()
    loaded = site_of(options.folder)
    for left in options.folder.glob(f"{PREFIX}*"):  # by one that was stopped
        shutil.rmtree(left)
    place = Path(mkdtemp(prefix=PREFIX, dir=options.folder))
    try:
        with writing(loaded) as (stores, engine):
            files = simulated(place, options)
            import_files(stores, files, loaded.site.signals())
            engine.catch_up(computed)
            promise(engine, options)
            seed(engine.view, engine.targets()["targets"])
    finally:
        shutil.rmtree(place)


def simulated(place: Path, options: argparse.Namespace) -> Iterator[Path]:
    """The files of the past, each as soon as it is whole; imported ones are removed."""
    line = [sys.executable, "-m", "simulators", "history", "--out", str(place)]
    line += ["--start", str(options.start), "--end", str(options.end_ns)]
    line += ["--days", str(options.days)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        for told in process.stdout or ():
            step = json.loads(told)
            path = place / f"{step['day']}.npz"
            yield path
            path.unlink()
            say(
                f"{step['done']} of {step['of']} days imported",
                IMPORTED * step["done"] / step["of"],
            )


def computed(share: float) -> None:
    """Tell how many of the figures are there."""
    say(f"{percentage(share)} of the figures computed", IMPORTED + (1 - IMPORTED) * share)


def say(text: str, share: float) -> None:
    """One line for the parent."""
    sys.stdout.write(json.dumps({"text": text, "share": round(share, 4)}) + "\n")
    sys.stdout.flush()


def promise(engine: Engine, options: argparse.Namespace) -> None:
    """Freeze a baseline for each line before its change, and agree on a target."""
    told = described(options)
    wishes = {
        "mask-1": ("throughput_per_hour", 0.15, "시간당 양품 기준선"),
        "plating-a": ("defect_rate", 0.55, "공정불량률 기준선"),
        "kit-1": ("throughput_per_hour", 0.10, "시간당 양품 기준선"),
    }
    agreed = {one["line"] for one in engine.targets()["targets"]}  # before we were interrupted
    for line in (one for one in told["lines"] if one["id"] not in agreed):
        measure, improve, name = wishes[line["id"]]
        window = day_begin(engine, options.start + DAY_NS), int(line["go_live_ns"])
        wish = baselines.Wish(line["id"], None, measure, *window, name, REASON)
        try:
            frozen = engine.freeze(wish)
        except Refused as error:  # a history of a few days has nothing to compare with
            note(f"{line['id']}: no target: {error}")
            continue
        engine.agree(
            targets.Wish((line["id"],), None, measure, (frozen["id"],), improve, None, window[1])
        )


def day_begin(engine: Engine, at_ns: int) -> int:
    """The beginning of the production day that follows an instant."""
    view = engine.view
    day = view.time(at_ns)[:10]
    return parse(f"{day}T{view.site.production_day_starts}", view.zone) + DAY_NS


def described(options: argparse.Namespace) -> Document:
    """What the simulators say of their lines."""
    line = [sys.executable, "-m", "simulators", "describe", "--json"]
    line += ["--start", str(options.start), "--days", str(options.days)]
    told = subprocess.run(line, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own module
    found: Document = json.loads(told)
    return found


if __name__ == "__main__":
    main()
