"""Reason codes of MQTT 5 in words, and what the return codes of 3.1.1 are among them."""

REFUSED = 0x80  # from here on a code says no
UNSUPPORTED_VERSION, SHUTTING_DOWN, TAKEN_OVER = 0x84, 0x8B, 0x8E
OF_311 = {1: UNSUPPORTED_VERSION, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87}
WORDS = {
    0x00: "normal disconnection",
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x83: "implementation specific error",
    0x84: "unsupported protocol version",
    0x85: "client identifier not valid",
    0x86: "bad user name or password",
    0x87: "not authorized",
    0x88: "server unavailable",
    0x89: "server busy",
    0x8A: "banned",
    0x8B: "server shutting down",
    0x8C: "bad authentication method",
    0x8D: "keep alive timeout",
    0x8E: "session taken over",
    0x8F: "topic filter invalid",
    0x90: "topic name invalid",
    0x93: "receive maximum exceeded",
    0x94: "topic alias invalid",
    0x95: "packet too large",
    0x96: "message rate too high",
    0x97: "quota exceeded",
    0x98: "administrative action",
    0x99: "payload format invalid",
    0x9C: "use another server",
    0x9D: "server moved",
    0x9E: "shared subscriptions not supported",
    0x9F: "connection rate exceeded",
    0xA0: "maximum connect time",
    0xA1: "subscription identifiers not supported",
    0xA2: "wildcard subscriptions not supported",
}


def of_311(code: int) -> int:
    """The reason code that a CONNACK of 3.1.1 means."""
    return OF_311.get(code, REFUSED) if code else 0


def words(code: int, text: str = "") -> str:
    """A code in words, with what the broker says itself.

    >>> words(0x87), words(0x42, "no")
    ('not authorized', "code 0x42: 'no'")
    """
    said = WORDS.get(code, f"code {code:#04x}")
    return f"{said}: {text[:200]!r}" if text else said
