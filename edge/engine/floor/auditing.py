"""The audit log as people and programs read it."""

from typing import Any

from edge.engine.view import View
from edge.records import audit

Document = dict[str, Any]  # JSON


def listed(view: View, limit: int, before: int | None) -> Document:
    """The newest entries, newest first; `head` is worth keeping elsewhere."""
    found = audit.entries(view.records, limit, before)
    return {
        "audit": [document(view, one) for one in found],
        "head": audit.head(view.records)._asdict(),
    }


def document(view: View, one: audit.Entry) -> Document:
    """One entry."""
    return {
        "n": one.n,
        "at": view.time(one.at_ns),
        "who": one.by.who,
        "from": one.by.origin,
        "what": one.change.what,
        "subject": one.change.subject,
        "old": one.change.old,
        "new": one.change.new,
        "hash": one.hash,
    }
