"""Messages as the stream makes them, for tests."""

from collectors.mqtt.stream import Messages


def messages(*sent: tuple[str, bytes], first_id: int = 1, flags: int = 2) -> Messages:
    """Messages of these topics and payloads, numbered from `first_id` on; all with these flags."""
    return Messages(
        topics=[topic.encode() for topic, _ in sent],
        ids=[first_id + i if flags & 6 else 0 for i in range(len(sent))],
        payloads=[payload for _, payload in sent],
        flags=[flags] * len(sent),
        marks=flags if sent else 0,
    )
