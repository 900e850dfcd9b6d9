"""Publishes at QoS 1 and a steady pace: `python -m tests.bench.mqtt_publisher PORT RATE N FIELDS`.

It needs no library, so that it begins at once and its own cost is not the limit.
"""

import socket
import sys
import time

TOPICS = 20
TICK_S = 0.001


def publish(port: int, rate: int, messages: int, fields: int) -> None:
    """So many messages a second at QoS 1, spread evenly over the milliseconds and the topics."""
    link = socket.create_connection(("127.0.0.1", port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x00\x00\x04pace")
    link.recv(4)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    link.settimeout(0)
    began_s, sent, answers = time.monotonic(), 0, 0
    while answers < 4 * messages:
        due = min(messages, int((time.monotonic() - began_s) * rate)) if rate else messages
        due = min(due, sent + 200, answers // 4 + 2000)
        if sent < due:
            burst = b"".join(packet(number, fields) for number in range(sent, due))
            link.settimeout(None)
            link.sendall(burst)
            link.settimeout(0)
            sent = due
        try:
            answers += len(link.recv(65_536))
        except BlockingIOError:
            time.sleep(TICK_S)


def packet(number: int, fields: int) -> bytes:
    """PUBLISH at QoS 1 of version 3.1.1: the message's number is its first value."""
    more = "".join(f', "v{i}": {number + i}.25' for i in range(1, fields))
    stamp_ms = time.time_ns() // 1_000_000
    payload = f'{{"t": {stamp_ms}, "v0": {number}{more}}}'.encode()
    topic = f"bench/line/{number % TOPICS}".encode()
    head = len(topic).to_bytes(2, "big") + topic + (number % 65_535 + 1).to_bytes(2, "big")
    return b"\x32" + length(len(head) + len(payload)) + head + payload


def length(number: int) -> bytes:
    """A length as MQTT writes it, seven bits a byte."""
    found = bytearray()
    while True:
        number, low = divmod(number, 128)
        found.append(low | (0x80 if number else 0))
        if not number:
            return bytes(found)


if __name__ == "__main__":
    publish(*map(int, sys.argv[1:]))
