"""Told to end, the service ends: once, whoever says it how often, and whatever still hangs."""

import asyncio
import os
import signal
import threading

import pytest

from edge.service import ending
from edge.service.ending import run_until_told


def tell(*signals: signal.Signals) -> None:
    """Send signals to this process."""
    for name in signals:
        os.kill(os.getpid(), name)


@pytest.mark.parametrize("name", ending.SIGNALS)
def test_a_signal_is_an_orderly_end(name: signal.Signals) -> None:
    """Cancellation, every `finally`, and no error: systemd and Ctrl-C alike."""
    done = list[str]()

    async def serve() -> None:
        try:
            tell(name)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            done.append("closed")

    run_until_told(serve)
    assert done == ["closed"]


def test_whoever_says_it_twice_does_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    """Not while rooms are closed, and not while the loop itself is taken down."""
    done = list[str]()

    def late() -> None:
        threading.Event().wait(0.1)
        tell(signal.SIGTERM, signal.SIGINT)
        done.append("last thread")

    async def serve() -> None:
        try:
            tell(signal.SIGTERM)
            await asyncio.to_thread(late)
        finally:
            for _ in range(3):
                tell(signal.SIGTERM, signal.SIGINT)
                await asyncio.sleep(0.01)
            done.append("closed")

    run_until_told(serve)
    assert done == ["closed", "last thread"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_signals_are_what_they_were() -> None:
    """Whoever runs on afterwards can be ended as before, or is as deaf to Ctrl-C as before."""
    before = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    kept = signal.signal(signal.SIGINT, signal.SIG_IGN)

    async def serve() -> None:
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL

    run_until_told(serve)
    assert signal.signal(signal.SIGINT, kept) is signal.SIG_IGN
    run_until_told(serve)
    assert {name: signal.getsignal(name) for name in before} == before


def test_what_goes_wrong_is_raised() -> None:
    """An error is no end on request."""

    async def serve() -> None:
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        run_until_told(serve)


def test_a_thread_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer keeps nobody for longer than that."""
    hanging, left = threading.Event(), list[int]()

    def leave(code: int) -> None:
        left.append(code)
        hanging.set()

    monkeypatch.setattr(ending, "LONGEST_S", 0.1)
    monkeypatch.setattr(os, "_exit", leave)

    async def serve() -> None:
        tell(signal.SIGTERM)
        await asyncio.to_thread(hanging.wait, 5)

    run_until_told(serve)
    assert left == [0]


def test_whoever_ends_in_time_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after, such as ending the demo's children, has its own time."""
    left = list[int]()
    monkeypatch.setattr(ending, "LONGEST_S", 0.05)
    monkeypatch.setattr(os, "_exit", left.append)

    async def serve() -> None:
        tell(signal.SIGTERM)
        await asyncio.Event().wait()

    run_until_told(serve)
    threading.Event().wait(0.1)
    assert left == []
