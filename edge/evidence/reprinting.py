"""Workbooks and reports of a package written anew from its figures, and compared byte for byte."""

import json
from importlib.metadata import version
from typing import Any

from edge.evidence import counted, decisions, hours, linting, parting
from edge.evidence.checking import Report
from edge.evidence.manifest import Manifest
from edge.evidence.report import DIGESTS, Cover, reports
from edge.evidence.workbook import Basis, workbooks
from edge.evidence.zipping import Package

Document = dict[str, Any]  # JSON


def check_workbooks(package: Package, listed: Manifest, report: Report) -> None:
    """The workbooks are those that these figures give; other versions may write them anew."""
    if comparable(package, listed, "workbook", "XlsxWriter", report):
        compare("workbook", books(package, listed.site.name), package, report)


def comparable(package: Package, listed: Manifest, code: str, by: str, report: Report) -> bool:
    """Whether what was printed must be the same here; notes why where it need not.

    Args:
        package: where it lies.
        listed: with what it was made.
        code: of the check.
        by: the library that prints it.
        report: where that is noted.
    """
    theirs = {name: listed.software.get(name) for name in ("lineproof", by)}
    if decisions.is_former(said(package, decisions.FILE)):
        report.note(code, passed=None, detail="of an earlier form: not compared")
        return False
    if theirs != {name: version(name) for name in theirs}:
        told = " and ".join(f"{name} {known}" for name, known in theirs.items())
        report.note(code, passed=None, detail=f"made with {told}, other than here: not compared")
        return False
    return True


def books(package: Package, site: str) -> dict[str, bytes]:
    """The workbooks that the figures give."""
    decided = said(package, decisions.FILE)
    basis = Basis(said(package, hours.FILE), decided["days_left_out"], decided[counted.KEY])
    return workbooks(said(package, "result.json"), site, basis)


def check_reports(package: Package, listed: Manifest, report: Report) -> None:
    """The reports are those that these figures give; other versions may print them anew."""
    if comparable(package, listed, "reports", "typst", report):
        cover = Cover(listed.site.name, listed.key, version("lineproof"))
        wanted = *DIGESTS, decisions.FILE, parting.FILE, linting.FILE
        files = {name: package[name] for name in wanted}
        compare("reports", reports(files, cover), package, report)


def compare(code: str, made: dict[str, bytes], package: Package, report: Report) -> None:
    """Hold what was made anew against what lies in the package."""
    for name, found in made.items():
        same = package[name] == found
        detail = "is the one of these figures" if same else "is not the one of these figures"
        report.note(code, passed=same, detail=f"{name} {detail}")


def said(package: Package, name: str) -> Document:
    """One document of a package."""
    found: Document = json.loads(package[name])
    return found
