"""Rows 89 and 90: viewers that do not read, that vanish, that never finish asking, that flood."""

import http.client
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.faults.matrix import fault
from tests.faults.stage import Stage
from tests.system.rig import asked, until

STREAMS, DEAF = 100, 50  # open at once; of them nobody reads so many
HELD_S = 60.0
NARROW = 4096  # bytes of a viewer's window, so that it is full soon
FRAMES_S = 10.0
LATE_S = 15.0  # on a busy machine; who is held up by viewers is so until they have gone
GROWS_MB = 40
ASK = b"GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SLOW = 600  # more than it serves at once
FLOOD_S, FLOODERS, LINKS = 15.0, 3, 8  # programs, and connections of each
AT_ONCE, A_SECOND = 1_000, 100  # requests that are answered, and no more
GIANT_MB = 200
OURS = b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
FLOOD = """
import collections, http.client, json, sys, threading, time
port, seconds, links = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
answers, end = collections.Counter(), time.monotonic() + seconds
def flood():
    while time.monotonic() < end:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            while time.monotonic() < end:
                link.request("GET", "/api/v1/stops")
                answer = link.getresponse()
                answer.read()
                answers[answer.status] += 1
        except OSError:
            answers[0] += 1
        finally:
            link.close()
threads = [threading.Thread(target=flood) for _ in range(links)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(answers))
"""


@fault("89", "a hundred viewers, of whom fifty never read")
def crowd(stage: Stage) -> float:
    """Those are dropped, the others miss no frame, and neither sources nor memory notice."""
    stage.connected()
    until(stage.gateway.answers, "pages are served")
    before = resident(stage)
    with viewers(stage, DEAF, NARROW), viewers(stage, STREAMS - DEAF) as good:
        until(lambda: connections(stage) >= STREAMS, "all of them watch")
        with reading(good) as seen:
            watched(stage, lambda: connections(stage) <= STREAMS - DEAF + 2)
            until(lambda: connections(stage) <= STREAMS - DEAF + 2, "the deaf are dropped", 5)
            stage.run_for(FRAMES_S)
        counts = [frames(raw) for raw in seen.values()]
        assert len(counts) == STREAMS - DEAF
        assert min(counts) >= FRAMES_S, counts
        assert all(is_whole(raw) for raw in seen.values()), "somebody who reads missed a frame"
    assert resident(stage) - before <= GROWS_MB << 20
    return stage.fresh(time.time_ns())


@fault("90", "requests that do not end, a giant body, a flood")
def rude(stage: Stage) -> float:
    """Each is bounded or told to wait; nobody gets an error of ours, and pages are served."""
    stage.connected()
    until(stage.gateway.answers, "pages are served")
    before = resident(stage)
    with ExitStack() as stack:
        for _ in range(SLOW):
            link = stack.enter_context(socket.create_connection(("127.0.0.1", stage.gateway.port)))
            link.sendall(OURS[:20])
        until(lambda: bool(asked(stage.gateway.port, "health")), "pages are served", 15)
    assert giant(stage) == 413
    answers = flooded(stage)
    assert answers.keys() <= {422, 429}, answers
    assert answers[422] <= AT_ONCE + A_SECOND * (FLOOD_S + 5), answers
    assert answers[429] > 0, answers  # the others were told to wait
    until(stage.gateway.answers, "pages are served", 5)
    assert resident(stage) - before <= GROWS_MB << 20
    return stage.fresh(time.time_ns())


def watched(stage: Stage, ended: Callable[[], bool]) -> None:
    """Let a time pass, or until something is so; what is made meanwhile is never long behind."""
    deadline, late_s = time.monotonic() + HELD_S, list[float]()
    while time.monotonic() < deadline and not ended():
        stage.run_for(1.0)
        late_s.append((time.time_ns() - stage.newest()) / 1e9)
    sys.stderr.write(f"  rows on the disk after {max(late_s):.1f} s at most\n")
    assert max(late_s) <= LATE_S


@contextmanager
def viewers(stage: Stage, count: int, window: int = 0) -> Iterator[list[socket.socket]]:
    """Streams that are open and, so far, not read."""
    with ExitStack() as stack:
        links = []
        for _ in range(count):
            link = stack.enter_context(socket.socket())
            if window:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            link.connect(("127.0.0.1", stage.gateway.port))
            link.sendall(ASK)
            links.append(link)
        yield links


@contextmanager
def reading(links: list[socket.socket]) -> Iterator[dict[socket.socket, bytearray]]:
    """Read them all in a thread; what came on each."""
    seen = {link: bytearray() for link in links}
    done = threading.Event()

    def read() -> None:
        with selectors.DefaultSelector() as ready:
            for link in links:
                ready.register(link, selectors.EVENT_READ)
            while not done.is_set():
                for key, _ in ready.select(0.2):
                    link = next(one for one in links if one is key.fileobj)
                    seen[link] += link.recv(1 << 16)

    thread = threading.Thread(target=read, name="viewers")
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def frames(raw: bytearray) -> int:
    """How many frames came on a stream."""
    return raw.count(b"event: frame\n")


def is_whole(raw: bytearray) -> bool:
    """Whether no number of a frame is missing."""
    numbers = [int(line[4:]) for line in raw.split(b"\n") if line.startswith(b"id: ")]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def connections(stage: Stage) -> int:
    """How many connections the service has at its pages, as the kernel says."""
    local, established = f"0100007F:{stage.gateway.port:04X}", "01"
    rows = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    return sum(row.split()[1:4:2] == [local, established] for row in rows)


def resident(stage: Stage) -> int:
    """Bytes of memory that the service has."""
    pages = int(Path(f"/proc/{stage.gateway.pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def giant(stage: Stage) -> int:
    """The answer to a body that is longer than anything that is taken."""
    link = http.client.HTTPConnection("127.0.0.1", stage.gateway.port, timeout=30)
    link.putrequest("POST", "/api/v1/facts/import?name=a.csv")
    link.putheader("Content-Length", str(GIANT_MB << 20))
    link.endheaders()
    try:
        for _ in range(GIANT_MB):
            link.send(bytes(1 << 20))
    except OSError:  # it has answered and reads no more
        pass
    try:
        return link.getresponse().status
    finally:
        link.close()


def flooded(stage: Stage) -> Counter[int]:
    """What some programs are answered that ask as often as they can, while rows come in time."""
    line = [sys.executable, "-c", FLOOD, str(stage.gateway.port), str(FLOOD_S), str(LINKS)]
    programs = [subprocess.Popen(line, stdout=subprocess.PIPE) for _ in range(FLOODERS)]
    watched(stage, lambda: all(one.poll() is not None for one in programs))
    answers = Counter[int]()
    for one in programs:
        out, _ = one.communicate()
        answers.update({int(code): n for code, n in json.loads(out).items()})
    sys.stderr.write(f"  flood: {dict(answers)}\n")
    return answers
