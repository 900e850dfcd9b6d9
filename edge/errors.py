"""Everything that can go wrong, grouped by who must act.

LineproofError
├─ ConfigInvalid       the operator edits a file; nothing starts                exit 3
├─ Misconfigured       the operator; that source or sink stops, the rest go on  exit 4
├─ Unavailable         nobody: a source or sink is tried again                  exit 4
│  └─ Unreachable      nobody: there is no link, and asking again is cheap
├─ NotFound            whoever asked for something that is not there            exit 2
├─ Refused             whoever asked for something that may not be done         exit 2
│  └─ Changed          whoever edits what somebody else changed meanwhile
├─ Forbidden           whoever runs it as a user who may not                    exit 5
├─ ImportInvalid       whoever made the file; nothing of it is stored           exit 1
├─ Occupied            whoever started a second one on the same site            exit 5
├─ JournalFull         the operator frees disk; until then the sources wait     exit 5
├─ JournalUnwritable   the operator mends the disk; until then the sources wait exit 5
├─ JournalTrimmed      nobody: the reader goes on from the archive              exit 5
├─ JournalDamaged      a developer; the file is set aside, never deleted        exit 5
├─ ArchiveDamaged      the operator: that part is a named gap, the rest is read exit 5
└─ VerificationFailed  whoever vouched for the evidence                         exit 6

A message says where, what was seen (quoted) and what to do.
"""

import os
import re
from dataclasses import dataclass

REFUSED = re.compile(r"\[Errno (\d+)\] Connect call failed \(([^)]*)\)")


def reason(error: OSError) -> str:
    """What the system says of an error, in its words alone: no number, no Python.

    >>> reason(ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 4840)"))
    'Connection refused'
    """
    if error.errno is not None and error.errno > 0 and "Connect call failed" in str(error):
        return os.strerror(error.errno)
    if error.strerror:
        return error.strerror
    whys = {os.strerror(int(number)) for number, _ in REFUSED.findall(str(error))}
    return ", ".join(sorted(whys)) or str(error) or type(error).__name__


class LineproofError(Exception):
    """Root of everything this product raises on purpose."""

    exit_code = 70


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a configuration: where it stands, what was seen, what to do."""

    place: str  # file:line:column
    path: str  # lines[0].machines[2].signals.state.map
    message: str  # what was seen; what to do

    def __str__(self) -> str:
        return f"{self.place} {self.path}: {self.message}"


class ConfigInvalid(LineproofError):
    """The configuration cannot be used; every fault of one reading is in `faults`.

    `remarks` are what would keep a source or sink from working, and nothing else.
    """

    exit_code = 3

    def __init__(self, faults: tuple[Fault, ...], remarks: tuple[Fault, ...] = ()) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
        self.remarks = remarks


class Misconfigured(LineproofError):
    """A source or sink cannot work as configured; retrying would not help, so it stops."""

    exit_code = 4


class Unavailable(LineproofError):
    """A source or sink cannot be reached or went away; it is tried again."""

    exit_code = 4


class Unreachable(Unavailable):
    """Nobody answers there, or a link was lost: asking again costs nobody more than a packet."""


class NotFound(LineproofError):
    """What was asked for does not exist; the message lists what does."""

    exit_code = 2


class Refused(LineproofError):
    """What was asked for must not be done; the message says why and what would be allowed."""

    exit_code = 2


class Changed(Refused):
    """Somebody else changed it meanwhile; `present` is the version that holds now."""

    def __init__(self, present: dict[str, object]) -> None:
        super().__init__("somebody else changed this meanwhile; look at both and save again")
        self.present = present


class ImportInvalid(LineproofError):
    """A file to import has faults; the message names row, column and value. Nothing is stored."""

    exit_code = 1


class Forbidden(LineproofError):
    """This user may not read or write a file of the site, or one that was named."""

    exit_code = 5


class Occupied(LineproofError):
    """Another process holds this site's lock."""

    exit_code = 5


class JournalFull(LineproofError):
    """No room for another block; sources wait until there is."""

    exit_code = 5


class JournalUnwritable(LineproofError):
    """The disk takes nothing, though it may have room; sources wait until it does."""

    exit_code = 5


class JournalTrimmed(LineproofError):
    """The wanted blocks are no longer in the journal; the archive has them."""

    exit_code = 5


class JournalDamaged(LineproofError):
    """A block was changed or is missing."""

    exit_code = 5


class ArchiveDamaged(LineproofError):
    """A recorded part is missing or its bytes are not those that were recorded."""

    exit_code = 5


class VerificationFailed(LineproofError):
    """Evidence does not agree with itself or with what is recomputed."""

    exit_code = 6
