"""Verifying a package: checked, and recomputed where that is asked for."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from edge.errors import LineproofError, VerificationFailed
from edge.evidence.checking import Pins, Report, check
from edge.evidence.manifest import Manifest
from edge.evidence.recomputing import Recomputing
from edge.evidence.zipping import Package

Progress = Callable[[float], None]
MALFORMED = (
    *(KeyError, TypeError, ValueError, AttributeError, IndexError),
    *(ArithmeticError, RecursionError, LineproofError),
)
"""What a document of the wrong shape raises where it is read."""


def verify(
    path: Path,
    pins: Pins,
    samples: Path | None,
    progress_to: Progress,
    *,
    recompute: bool,
) -> Report:
    """Check a package.

    Args:
        path: the file.
        pins: what was noted elsewhere.
        samples: where its samples lie, if they lie apart.
        progress_to: told the share that is done.
        recompute: whether to compute every figure anew.
    """
    report = Report(str(path))
    try:
        package = Package.open(path)
    except VerificationFailed as error:
        report.note("form", passed=False, detail=str(error))
        return report
    report.note("form", passed=True, detail=f"{len(package.entries):,} files in the one form")
    with package:
        listed = check(package, report, pins, samples)
        if listed is not None and recompute:
            recomputed(package, listed, samples, report, progress_to)
        elif listed is not None:
            report.note("figures", passed=None, detail="not computed anew; --recompute does")
    return report


def recomputed(
    package: Package,
    listed: Manifest,
    samples: Path | None,
    report: Report,
    progress_to: Progress,
) -> None:
    """Compute every figure anew; a document that cannot be read as ours is a fault like any."""
    with TemporaryDirectory(prefix="lineproof-") as folder:
        try:
            work = Recomputing(package, listed, Path(folder), samples)
            try:
                work.run(report, progress_to)
            finally:
                work.close()
        except VerificationFailed as error:
            report.note("recomputing", passed=False, detail=str(error))
        except MALFORMED as error:
            what = f"{type(error).__name__}: {error}"
            report.note("recomputing", passed=False, detail=f"a file is not of our form ({what})")
