"""Which points read a topic, and which patterns to subscribe to for them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from collectors.mqtt.settings import Payload, Point
from edge.site import Kind

MOST_LEVELS = 7  # of a topic whose filters are all tried: 383
REMEMBERED = 10_000  # topics; a publisher that invents them must not fill our memory


class Shape(NamedTuple):
    """What the points of a topic ask of its messages; many topics may share it."""

    asked: tuple[tuple[Kind, Payload | None], ...]


class Reading(NamedTuple):
    """Who reads a topic: points, and the same as shape and signals."""

    points: tuple[Point, ...]
    shape: Shape
    signals: tuple[int, ...]


class Topics:
    """The points of a source by topic; patterns are tried once per topic and remembered."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = tuple((point.topic, point) for point in points if point.topic is not None)
        self.filters = needed({topic for topic, _ in self._points})
        self._shapes: dict[Shape, Shape] = {}
        self._found: dict[bytes, Reading] = {}

    def points(self, topic: bytes) -> tuple[Point, ...]:
        """The points that read this topic, in the order of the configuration; maybe none."""
        return self.readings([topic])[topic].points

    def unread(self, topics: Iterable[bytes]) -> list[bytes]:
        """Those of these topics that no point reads."""
        names = list(set(topics))
        found = self.readings(names)
        return [name for name in names if not found[name].points]

    def readings(self, topics: Sequence[bytes]) -> Mapping[bytes, Reading]:
        """Who reads these topics, and maybe others; equal shapes are the same object."""
        strange = set(topics).difference(self._found)
        if strange:
            if len(self._found) + len(strange) > REMEMBERED:
                self._found = {
                    topic: self._found[topic] for topic in topics if topic not in strange
                }
            self._found |= {topic: self._reading(topic) for topic in strange}
        return self._found

    def _reading(self, topic: bytes) -> Reading:
        text = topic.decode("utf-8", "replace")
        points = tuple(point for topic, point in self._points if covers(topic, text))
        shape = Shape(tuple((point.kind, point.payload) for point in points))
        shape = self._shapes.setdefault(shape, shape)
        return Reading(points, shape, tuple(point.signal for point in points))


def needed(filters: Iterable[str]) -> list[str]:
    """The filters without those that others cover: a broker may send a copy for each that fits.

    >>> needed(["a/+", "a/b", "a/+/c", "x"])
    ['a/+', 'a/+/c', 'x']
    """
    known = sorted(set(filters))
    return [one for one in known if not any(covers(wide, one) for wide in known if wide != one)]


def reaching(topic: str) -> list[str]:
    """Every filter that brings this topic; of one of many levels only those without +.

    >>> reaching("a/b")
    ['a/b', 'a/+', '+/b', '+/+', 'a/b/#', 'a/+/#', '+/b/#', '+/+/#', 'a/#', '+/#', '#']
    """
    levels = topic.split("/")
    choices = [(one, "+") if len(levels) <= MOST_LEVELS else (one,) for one in levels]
    found = ["/".join(each) for each in product(*choices)]
    for end in range(len(levels), -1, -1):
        found += ["/".join([*each, "#"]) for each in product(*choices[:end])]
    return found


def covers(wide: str, narrow: str) -> bool:
    """Whether every topic that fits `narrow` fits `wide` too.

    >>> covers("a/#", "a"), covers("+/b", "a/b"), covers("a/b", "+/b"), covers("#", "$SYS/x")
    (True, True, False, False)
    """
    if narrow.startswith("$") and not wide.startswith("$"):
        return False  # wildcards at the front leave the broker's own topics out
    ours, theirs = wide.split("/"), narrow.split("/")
    for i, level in enumerate(ours):
        if level == "#":
            return True
        if i >= len(theirs) or theirs[i] == "#" or level not in {"+", theirs[i]}:
            return False
    return len(ours) == len(theirs)
