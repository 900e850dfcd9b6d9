"""Who agreed on a target and signed it, as a package files it: its tasks, and where the log stood.

It is the state of the records, not of the moment: without a new decision about this target a later
package says the same. Comments, visits and photos stay at home.
"""

from typing import Any
from zoneinfo import ZoneInfo

from edge.engine.tasks.task_steps import standing, withdrawn
from edge.engine.tasks.task_terms import digest
from edge.evidence.results import Promise
from edge.evidence.wording import Words
from edge.moment import rfc3339
from edge.records import tasks
from edge.records.audit import last_about
from edge.records.database import Records
from edge.records.tasks import Kept
from edge.text.catalogue import UNKNOWN

Document = dict[str, Any]  # JSON
FILED = ("countermeasure", "sign_off", "step", "withdrawal")
SIGNED = ("role", "name", "said", "status", "verdict")
SHOWN = 300  # letters of a title in a report


def agreed(records: Records, promise: Promise, zone: ZoneInfo) -> Document:
    """The tasks of a target, every signature under them, and the last entry of the audit log.

    Args:
        records: where they are.
        promise: the target.
        zone: of the times.
    """
    target, kept = promise.target["id"], tasks.kept(records)
    mine = [one for one in kept.values() if one.terms["target"] == target]
    subjects = {target, *promise.target["baselines"], *(one.id for one in mine)}
    head = last_about(records, subjects)
    return {
        "tasks": [document(one, zone) for one in mine],
        "sign_offs": [sign for one in mine for sign in signatures(one, zone)],
        "audit": head._asdict() if head else None,
    }


def document(one: Kept, zone: ZoneInfo) -> Document:
    """A task with what was decided about it."""
    gone = withdrawn(one)
    return {
        "id": one.id,
        "terms": one.terms,
        "sha256": digest(one.terms),
        "notes": [
            {
                "n": note.n,
                "kind": note.kind,
                "at": rfc3339(note.at_ns, zone),
                "withdrawn": note.n in gone,
                **note.body,
            }
            for note in one.notes
            if note.kind in FILED
        ],
    }


def signatures(one: Kept, zone: ZoneInfo) -> list[Document]:
    """Every signature under a task, and whether it stands under the terms as they are."""
    stands = {note.n for note in standing(one)}
    return [
        {
            "task": one.id,
            "at": rfc3339(note.at_ns, zone),
            "stands": note.n in stands,
            **{name: note.body.get(name) for name in SIGNED},
        }
        for note in one.notes
        if note.kind == "sign_off"
    ]


def printed(words: Words, decided: Document) -> list[list[str]]:
    """The tasks as a report prints them: title and status, then who signed and when."""
    rows = []
    for one in decided["tasks"]:
        terms = one["terms"]
        signs = [sign for sign in decided["sign_offs"] if sign["task"] == one["id"]]
        said = [
            f"{words('task.role.' + sign['role'])} {sign['name']}, {words.moment(sign['at'])}"
            for sign in signs
            if sign["stands"]
        ]
        status = words(f"task.status.{terms['status']}")
        signed = "; ".join(said) or f"{UNKNOWN} {words('task.not_signed')}"
        rows.append([f"{one['id']} · {status}", f"{terms['title'][:SHOWN]} · {signed}"])
    head = decided["audit"]
    if rows and head:
        rows.append([words("report.audit"), f"{head['n']}:{head['hash']}"])
    return rows
