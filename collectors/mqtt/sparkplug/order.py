"""The order in which an edge node sent its messages, told by their numbers.

All messages of a node, and of its devices, are numbered 0 to 255 and again from 0; a birth of the
node begins anew, its death has no number. A message that is ahead waits for those before it. What
was sent twice is known by its number and its bytes; whatever else has a number that is not due may
be of another life, whose births and aliases we do not know. What comes just before a birth may have
overtaken it, or be of before: the node's own times tell, for a number may be either's.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from collectors.mqtt.sparkplug.names import NBIRTH, NDEATH

ROUND = 256
BARRIERS = (NBIRTH, NDEATH)


class Step(NamedTuple):
    """One message of a node as far as its order goes."""

    number: int  # in its burst
    verb: str
    seq: int
    digest: int = 0  # of its bytes
    sent_ns: int = 0  # by the node's clock; 0 where it does not say
    astray: bool = False  # some before it never came
    again: bool = False  # it was taken before


class Numbering(NamedTuple):
    """How far a node has come."""

    expected: int | None  # the number that is due; None where the node has not been born
    said: dict[int, int]  # digests by number, of the last round of this life


def arranged(numbering: Numbering, steps: Sequence[Step]) -> tuple[list[Step], Numbering, bool]:
    """The messages in the order in which they were sent, and how far that brings the node.

    Args:
        numbering: before them; it stays as it is.
        steps: the messages as they came.

    Returns:
        All of them, then what is due after those that are not astray, and whether none is missing.
    """
    expected, said = numbering.expected, dict(numbering.said)
    done: list[Step] = []
    rest = list(steps)
    while True:
        cut = next((i for i, one in enumerate(rest) if one.verb in BARRIERS), len(rest))
        came, barrier, rest = rest[:cut], next(iter(rest[cut:]), None), rest[cut + 1 :]
        early = [one for one in came if barrier is None or not later(one, barrier)]
        chain, expected, left = chained(Numbering(expected, said), early)
        done += chain
        if barrier is None:
            lost = bool(left) and expected is not None
            done += stray(left) if lost else left
            return done, Numbering(expected, said), not lost
        born = [one for one in came if later(one, barrier)]
        born += [one for one in left if nearer(one, barrier, expected)]
        done += [*stray([one for one in left if not nearer(one, barrier, expected)]), barrier]
        said.clear()
        expected = (barrier.seq + 1) % ROUND if barrier.verb == NBIRTH else None
        rest = born + rest


def chained(
    numbering: Numbering, steps: Sequence[Step]
) -> tuple[list[Step], int | None, list[Step]]:
    """Those that follow one another from the number that is due, the next number, and the rest.

    `numbering.said` learns what is taken.
    """
    expected, said = numbering
    if expected is None:
        return [], None, list(steps)
    chain: list[Step] = []
    waiting: dict[int, deque[Step]] = {}
    for one in steps:
        waiting.setdefault(one.seq, deque()).append(one)
        while waiting.get(expected):
            taken = waiting[expected].popleft()
            chain.append(taken)
            said[expected] = taken.digest
            expected = (expected + 1) % ROUND
    left: list[Step] = []
    for one in sorted(
        (one for ones in waiting.values() for one in ones), key=lambda one: one.number
    ):
        if said.get(one.seq) == one.digest:
            chain.append(one._replace(again=True))
        else:
            left.append(one)
    due = expected
    return chain, expected, sorted(left, key=lambda one: (one.seq - due) % ROUND)


def later(one: Step, barrier: Step) -> bool:
    """Whether a message was sent after a birth, by its node; deaths are dated in advance."""
    return barrier.verb == NBIRTH and 0 < barrier.sent_ns < one.sent_ns


def nearer(one: Step, barrier: Step, due: int | None) -> bool:
    """Whether a number follows a birth sooner than what was due before it, unless times tell."""
    if barrier.verb != NBIRTH or due is None or 0 < one.sent_ns < barrier.sent_ns:
        return False
    return (one.seq - barrier.seq - 1) % ROUND < (one.seq - due) % ROUND


def stray(left: list[Step]) -> list[Step]:
    """What is left, said to be without those before it."""
    return [one._replace(astray=True) for one in left]
