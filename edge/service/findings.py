"""Findings: what a person should know of, as the health page shows it.

What the rooms have found themselves comes first, then whoever does not run, then what is damaged.
A title is a key of the texts; the words beside it are those of who found it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice

from edge.status import Finding, State, Status

Document = dict[str, object]
# Of whoever finds them: nothing mends itself here.
GRAVE = ("full", "unwritable", "damaged", "recount missing", "configuration")
STATES = {State.WAITING: "warning", State.PARKED: "problem", State.STOPPED: "problem"}
MOST_DAMAGED = 20


def findings(
    status: Status,
    configured: Collection[str],
    damaged: Mapping[str, str],
    time: Callable[[int], str],
) -> Iterator[Document]:
    """All that holds now.

    Args:
        status: what everybody says of himself.
        configured: ids of the sources and sinks; all others that run are rooms of our own.
        damaged: parts of the archive that cannot be read, and why.
        time: prints an instant.
    """
    told = list(status.findings())
    for finding in told:
        yield of_room(finding, time)
    known = {finding.owner for finding in told}
    for owner, (state, message, since_ns) in status.states.items():
        if state not in STATES or (owner in known and owner not in configured):
            continue  # a room of ours that waits has said why
        code = "unknown" if state is State.WAITING and owner not in configured else state.value
        since = None if since_ns is None else time(since_ns)
        yield document(owner, code, STATES[state], message, since)
    for path, why in islice(damaged.items(), MOST_DAMAGED):
        text = f"archive/{path} is {why}; its rows are missing from every figure"
        yield document("archive", f"damaged/{path}", "problem", text, None)


def of_room(finding: Finding, time: Callable[[int], str]) -> Document:
    """A finding that somebody made."""
    severity = "problem" if finding.code.startswith(GRAVE) else "warning"
    since = time(finding.since_ns)
    found = document(finding.owner, finding.code, severity, finding.text, since)
    return {**found, "said": dict(finding.said)}


def of_clock(doubt: str) -> Document:
    """The finding of a clock that is not to be believed."""
    return document("gateway", "clock", "warning", doubt, None)


def document(owner: str, code: str, severity: str, text: str, since: str | None) -> Document:
    """One finding as the contract has it."""
    key, _, thing = code.partition("/")
    return {
        "id": f"{owner}/{code}",
        "severity": severity,
        "title": f"finding.{key.replace(' ', '_')}",
        "params": {"text": text, "owner": owner, "thing": thing},
        "source": owner,
        "since": since,
    }
