"""The ten lines by which anybody checks a package with DuckDB and sha256sum alone."""

from typing import Any

from edge.evidence.refold import Scope

Document = dict[str, Any]  # JSON


def text(result: Document, scope: Scope) -> str:
    """How to verify this package."""
    return f"{result['target']['id']} {scope.at_ns}\n"
