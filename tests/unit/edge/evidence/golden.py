"""Makes the golden package of a form, once: `python -m tests.unit.edge.evidence.golden FILE`.

It is made as by a build before this release, so that words may change later, and figures may not;
its key is thrown away. What it prints goes into `test_golden.py`. A package once landed is never
made anew: who must change what lies in a package gives the form its next number.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from edge.engine.tasks import task_notes
from edge.evidence import making
from edge.moment import rfc3339
from tests.unit.edge.evidence.desk import DAY_NS, FIRST_NS, Desk

BUILD = "0.1.0.dev0"
HALF_AN_HOUR_NS = 1_800 * 10**9


def golden(out: Path, folder: Path) -> None:
    """Write the package of a small site with told scrap and a signed task."""
    desk = Desk(folder).open()
    engine, at_ns = desk.engine(), FIRST_NS + 2 * DAY_NS
    ends = {"from": at_ns, "to": at_ns + HALF_AN_HOUR_NS}
    texts = {name: rfc3339(ns, engine.view.zone) for name, ns in ends.items()}
    engine.enter_fact({"line": "mask", "kind": "scrap", "quantity": "11", "id": "1", **texts})
    engine.catch_up(lambda _: None)
    task_notes.propose(engine.view, {"title": "귀끈", "target": desk.target, "problem": "40번"})
    task_notes.add(engine.view, "k1", "sign_off", {"role": "mentor", "name": "김멘토"})
    with patch.object(making, "version", lambda of: BUILD if of == "lineproof" else version(of)):
        told = desk.make(out)
    desk.stores.close()
    sys.stdout.write(json.dumps({name: told[name] for name in ("key", "manifest")}) + "\n")


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        golden(Path(sys.argv[1]), Path(folder))
