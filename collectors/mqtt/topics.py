"""Which points read a topic, and which patterns to subscribe to for them."""

from collections.abc import Iterable, Sequence

from collectors.mqtt.settings import Point

REMEMBERED = 10_000  # topics; a publisher that invents them must not fill our memory


class Topics:
    """The points of a source by topic; patterns are tried once per topic and remembered."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.filters = needed({point.topic for point in points})
        self._points = tuple(points)
        self._found: dict[bytes, tuple[Point, ...]] = {}

    def points(self, topic: bytes) -> tuple[Point, ...]:
        """The points that read this topic, in the order of the configuration; maybe none."""
        found = self._found.get(topic)
        if found is None:
            if len(self._found) >= REMEMBERED:
                self._found.clear()
            text = topic.decode("utf-8", "replace")
            found = tuple(point for point in self._points if covers(point.topic, text))
            self._found[topic] = found
        return found


def needed(filters: Iterable[str]) -> list[str]:
    """The filters without those that others cover: a broker may send a copy for each that fits.

    >>> needed(["a/+", "a/b", "a/+/c", "x"])
    ['a/+', 'a/+/c', 'x']
    """
    known = sorted(set(filters))
    return [one for one in known if not any(covers(wide, one) for wide in known if wide != one)]


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
