"""Which points read a topic, and which patterns are subscribed to for them."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.settings import Point
from collectors.mqtt.topics import REMEMBERED, Topics, covers, needed, reaching

LEVEL = st.sampled_from(["a", "b", "", "$x"])
TOPIC = st.lists(LEVEL, min_size=1, max_size=4).map("/".join).filter(lambda text: text)
FILTER = (
    st.tuples(st.lists(LEVEL | st.just("+"), max_size=3), st.sampled_from([["#"], []]))
    .map(lambda parts: "/".join([*parts[0], *parts[1]]))
    .filter(lambda text: text)
)


def fits(pattern: str, topic: str) -> bool:
    """MQTT 5, section 4.7, word for word and slowly."""
    if topic.startswith("$") and pattern[0] in "+#":
        return False
    ours, theirs = pattern.split("/"), topic.split("/")
    if ours[-1] == "#":
        ours = ours[:-1]
        theirs = theirs[: len(ours)]
    return len(ours) == len(theirs) and all(
        level in ("+", other) for level, other in zip(ours, theirs, strict=True)
    )


@given(st.lists(FILTER, max_size=5), TOPIC)
def test_a_topic_is_read_by_every_point_that_fits_it(filters: list[str], topic: str) -> None:
    """In the order of the configuration."""
    points = [Point(signal=i, topic=one) for i, one in enumerate(filters)]
    found = [point.signal for point in Topics(points).points(topic.encode())]
    assert found == [i for i, one in enumerate(filters) if fits(one, topic)]


@given(FILTER, FILTER, TOPIC)
def test_what_a_pattern_covers_it_fits(wide: str, narrow: str, topic: str) -> None:
    """So leaving the narrow one out loses nothing."""
    if covers(wide, narrow) and fits(narrow, topic):
        assert fits(wide, topic)


@given(st.lists(FILTER, max_size=5), TOPIC)
def test_the_patterns_subscribed_to_reach_all_that_is_read(filters: list[str], topic: str) -> None:
    """And none of them is covered by another: a broker might send a copy for each."""
    chosen = needed(filters)
    assert any(fits(one, topic) for one in filters) == any(fits(one, topic) for one in chosen)
    assert not any(covers(one, other) for one in chosen for other in chosen if one != other)


@given(FILTER, TOPIC)
def test_every_pattern_that_brings_a_topic_is_known(pattern: str, topic: str) -> None:
    """And no other, but those that no broker matches: wildcards before its own topics."""
    found = reaching(topic)
    assert len(set(found)) == len(found)
    if fits(pattern, topic):
        assert pattern in found
    elif pattern in found:
        assert topic.startswith("$")


def test_a_topic_of_many_levels_has_few_patterns() -> None:
    """Those with + are too many to be tried; the others tell what everybody writes."""
    deep = "/".join("abcdefghijkl")
    found = reaching(deep)
    assert {deep, "#", "a/#", f"{deep}/#"} <= set(found)
    assert len(found) < 400


def test_a_publisher_that_invents_topics_does_not_fill_our_memory() -> None:
    """Only so many topics are remembered."""
    topics = Topics([Point(topic="#")])
    for i in range(REMEMBERED + 5):
        assert len(topics.points(b"t/%d" % i)) == 1
    assert len(topics._found) <= REMEMBERED
