"""The order in which an edge node sent its messages, told by their numbers.

All messages of a node, and of its devices, are numbered 0 to 255 and again from 0; a birth of the
node begins anew, its death has no number. A message that is one ahead waits for those before it.
"""

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
    astray: bool = False  # some before it never came


def ahead(expected: int, seq: int) -> int:
    """How many messages lie between; half a round and more means that it is late.

    >>> ahead(5, 5), ahead(255, 1), ahead(5, 4)
    (0, 2, 255)
    """
    return (seq - expected) % ROUND


def late(expected: int, seq: int) -> bool:
    """Whether a number was due already: sent twice, or overtaken by what we gave up waiting for."""
    return ahead(expected, seq) >= ROUND // 2


def arranged(expected: int | None, steps: Sequence[Step]) -> tuple[list[Step], bool]:
    """The messages in the order in which they were sent, and whether none is missing.

    Args:
        expected: the number that is due; None where the node has not been born.
        steps: the messages as they came.
    """
    done: list[Step] = []
    rest = list(steps)
    while rest:
        cut = next((i for i, one in enumerate(rest) if one.verb in BARRIERS), len(rest))
        chain, expected, left = chained(expected, rest[:cut])
        done += chain
        if cut == len(rest):
            return (done + left, True) if expected is None else (done + stray(left), not left)
        barrier, rest = rest[cut], rest[cut + 1 :]
        born: list[Step] = []
        if barrier.verb == NBIRTH:
            expected = (barrier.seq + 1) % ROUND
            chain, _, _ = chained(expected, left)
            born = [one for one in chain if not late(expected, one.seq)]
        else:
            expected = None
        done += [*stray([one for one in left if one not in born]), barrier]
        rest = born + rest
    return done, True


def chained(expected: int | None, steps: list[Step]) -> tuple[list[Step], int | None, list[Step]]:
    """Those that follow one another from the expected number on, the next number, and the rest."""
    if expected is None:
        return [], None, steps
    first, chain, left = expected, list[Step](), list[Step]()
    for one in sorted(steps, key=lambda one: (ahead(first, one.seq) + ROUND // 2) % ROUND):
        if one.seq == expected:
            expected = (expected + 1) % ROUND
        elif not late(expected, one.seq):
            left.append(one)
            continue
        chain.append(one)
    return chain, expected, left


def stray(left: list[Step]) -> list[Step]:
    """What is left, said to be without those before it."""
    return [one._replace(astray=True) for one in left]
