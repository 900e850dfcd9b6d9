"""Who starts a process of ours gets its answer or the reason, and leaves nobody behind."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import pytest

from edge.errors import Unavailable
from edge.service.child import child, last_line


async def test_a_child_that_works_on_is_ended_with_the_block() -> None:
    """Though it would wait for its input for ever."""
    async with asyncio.timeout(5):
        async with child("code", stdin=PIPE, stderr=PIPE) as process:
            assert process.returncode is None
        assert await process.wait() == -9


async def test_what_it_is_told_and_says_goes_through() -> None:
    """Its answer and its complaints apart; `json.tool` writes what it reads."""
    async with child("json.tool", "--compact", stdin=PIPE) as process:
        said, complaints = await process.communicate(b'{"a": 1}')
    assert (said.strip(), complaints, process.returncode) == (b'{"a":1}', b"", 0)


async def test_no_room_for_a_process_is_a_reason_to_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing of ours is broken then."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Unavailable, match="no process can be started: "):
        async with child("json.tool"):
            pass


def test_the_last_line_is_the_reason() -> None:
    """What stands above it is a traceback; bytes of any sort are shown somehow."""
    assert last_line(b"Traceback\nValueError: no\n\n") == "ValueError: no"
    assert last_line(b"\xff") == "\ufffd"
    assert last_line(b" \n") == ""
