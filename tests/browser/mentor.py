"""A mentor's box: a site that hears nothing, and four firms whose packages were imported."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from zipfile import ZipFile

from edge.records import firms
from edge.records.audit import ADMIN
from edge.records.database import Records
from tests.browser.factory import LINEPROOF, START_S, Factory, child, first_port, free_ports, wait
from tests.unit.edge.cli.desk import SITE
from tests.unit.edge.evidence.firm_results import DAYS, package, result

GOLDEN = Path(__file__).parents[1] / "unit/edge/evidence/golden.zip"
MASKS = {
    "ew": ("이앤더블유", 400.0, 1000.0),
    "lestec": ("레스텍", 2000.0, 2400.0),
    "evergreen": ("<b onclick=alert(1)>에버그린 =1+1", 3000.0, 4500.0),
    "hwajin": ("화진산업", 3800.0, 6000.0),
}
"""The published sums of four mask makers, 9,200 to 13,900, with firms that make them up."""


class Mentor(Factory):
    """The running box."""

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        """Write down what was imported, and serve it."""
        port = free_ports(first_port() + 400, 1)
        folder.mkdir()
        text = SITE.replace('api: {listen: "127.0.0.1:1"}', f'api: {{listen: "127.0.0.1:{port}"}}')
        (folder / "lineproof.yaml").write_text(text, "utf-8")
        (folder / "data").mkdir(mode=0o700)
        records = Records.open(folder / "data" / "records.db")
        for site, told in MASKS.items():
            firms.keep(records, imported(site, *told), None, ADMIN)
        mentor = cls(folder, port)
        with child([LINEPROOF, "run", "--config", folder], mentor.log) as process:
            wait(mentor.answers, START_S, "the service", process, mentor.log)
            yield mentor


def imported(site: str, name: str, before: float, after: float) -> firms.Imported:
    """The package of a firm whose target was achieved."""
    golden = json.loads(ZipFile(GOLDEN).read("result.json"))
    rates = {"improvement_rate": 1.0, "low": 0.95, "high": 1.05}
    target = {
        **golden["target"],
        **result(before, after)["target"],
        "verdict": "improved_at_least_target",
        "reasons": [],
        "gates": [{**gate, "passed": True} for gate in golden["target"]["gates"]],
        "target": before * 1.1,
        "after_low": after * rates["low"],
        "after_high": after * rates["high"],
        **{key: after * share / before - 1 for key, share in rates.items()},
        "attainment_rate": after / before / 1.1,
        "share_of_target": (after / before - 1) / 0.1,
        "point_change": after - before,
        "n_before": DAYS,
        "n_after": DAYS,
    }
    found = {**golden, **result(before, after), "target": target}
    one = package(site, found, site_name=name, key=f"{len(site):032x}", manifest=site * 8)
    return one._replace(imported_ns=1_790_000_000_000_000_000)
