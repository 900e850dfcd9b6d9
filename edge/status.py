"""In memory: who runs, who waits for what, who needs a person.

Nothing here is durable and nothing reads it to decide: it is what the health page shows. Whoever
failed is not said to run again before it shows that it does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class State(Enum):
    """What a source, a sink or a task of our own is doing."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"  # to be tried again, or being tried
    PARKED = "parked"  # needs a person, then goes on by itself
    STOPPED = "stopped"  # needs a person and a changed configuration


class Standing(NamedTuple):
    """A state, why if it is not running, and since when."""

    state: State
    message: str = ""
    since_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should know of, and since when it holds."""

    code: str
    owner: str  # the id of a source, a sink or a room
    text: str
    since_ns: int
    said: Mapping[str, str] = field(default_factory=dict)  # the text in other languages


class Status:
    """The latest word of everyone who runs."""

    def __init__(self) -> None:
        self.states: dict[str, Standing] = {}
        self.last_sample_ns: dict[str, int] = {}
        self.ahead_ns: dict[str, int] = {}  # how far a source's clock is ahead of ours
        self._findings: dict[tuple[str, str], Finding] = {}

    def of(self, owner: str) -> Standing:
        """What `owner` does; whoever said nothing yet is starting."""
        return self.states.get(owner, Standing(State.STARTING))

    def set(self, owner: str, state: State, message: str = "", at_ns: int | None = None) -> None:
        """What `owner` does now, and why if it is not running; its first instant stays."""
        known = self.of(owner)
        since_ns = known.since_ns if known.state is state else at_ns
        self.states[owner] = Standing(state, message, since_ns)

    def begin(self, owner: str, at_ns: int) -> None:
        """`owner` is started: what it waited for is told until it runs."""
        if self.of(owner).state is not State.WAITING:
            self.set(owner, State.STARTING, "", at_ns)

    def runs(self, owner: str, at_ns: int) -> None:
        """`owner` has done what it is there for."""
        if self.of(owner).state is not State.RUNNING:
            self.set(owner, State.RUNNING, "", at_ns)

    def find(
        self, owner: str, code: str, text: str, at_ns: int, said: Mapping[str, str] | None = None
    ) -> None:
        """Note a finding, or take it back with an empty text; its first instant stays.

        `said` has the text in other languages, where whoever found it knows them.
        """
        if not text:
            self._findings.pop((owner, code), None)
            return
        known = self._findings.get((owner, code))
        since_ns = known.since_ns if known else at_ns
        self._findings[owner, code] = Finding(code, owner, text, since_ns, said or {})

    def findings(self) -> Iterator[Finding]:
        """All findings that hold now, in the order in which they arose."""
        yield from sorted(self._findings.values(), key=lambda finding: finding.since_ns)
