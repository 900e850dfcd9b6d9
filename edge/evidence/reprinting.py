"""Workbooks and reports of a package written anew from its figures, and compared byte for byte."""

import json
from importlib.metadata import version
from typing import Any

from edge.evidence import counted, decisions, hours, parting
from edge.evidence.checking import Report
from edge.evidence.manifest import Manifest
from edge.evidence.report import DIGESTS, Cover, reports
from edge.evidence.workbook import Basis, workbooks
from edge.evidence.zipping import Package

Document = dict[str, Any]  # JSON


def check_workbooks(package: Package, listed: Manifest, report: Report) -> None:
    """The workbooks are those that these figures give; another version may write them anew."""
    theirs, ours = listed.software.get("XlsxWriter"), version("XlsxWriter")
    if is_former(package):
        report.note("workbook", passed=None, detail="written by an earlier form: not compared")
        return
    if theirs != ours:
        detail = f"written with XlsxWriter {theirs}, here is {ours}: not compared"
        report.note("workbook", passed=None, detail=detail)
        return
    compare("workbook", books(package, listed.site.name), package, report)


def is_former(package: Package) -> bool:
    """Whether a package is of a form that printed and told other words of the same figures."""
    return bool(said(package, decisions.FILE)["format"] != decisions.FORMAT)


def books(package: Package, site: str) -> dict[str, bytes]:
    """The workbooks that the figures give."""
    result = said(package, "result.json")
    decided = said(package, decisions.FILE)
    windows = decided.get(counted.KEY)
    basis = Basis(said(package, hours.FILE), decided["days_left_out"], windows)
    return workbooks(result, site, basis)


def check_reports(package: Package, listed: Manifest, report: Report) -> None:
    """The reports are those that these figures give; other versions may print them anew."""
    theirs = {name: listed.software.get(name) for name in ("lineproof", "typst")}
    if is_former(package):
        report.note("reports", passed=None, detail="printed by an earlier form: not compared")
        return
    if theirs != {name: version(name) for name in theirs}:
        report.note("reports", passed=None, detail="printed with other versions: not compared")
        return
    cover = Cover(listed.site.name, listed.key, version("lineproof"))
    wanted = *DIGESTS, decisions.FILE, parting.FILE
    files = {name: package[name] for name in wanted if name in package.entries}
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
