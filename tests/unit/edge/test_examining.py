"""Packages that somebody brings: a verdict and nothing else comes of them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from edge.errors import Refused
from edge.service import examining
from edge.service.examining import Examining

GOLDEN = Path(__file__).with_name("evidence") / "golden.zip"
pytestmark = pytest.mark.slow  # a child process that computes every figure


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """A file as a browser sends it."""
    for at in range(0, len(content), 65_536):
        await asyncio.sleep(0)
        yield content[at : at + 65_536]


def left(folder: Path) -> list[Path]:
    """What lies in a folder when all is done."""
    return list((folder / "evidence").iterdir())


async def test_a_package_is_verified_with_every_figure(tmp_path: Path) -> None:
    """Recomputed, by a key that is not this box's; and the file is gone."""
    found = await Examining(tmp_path).verify(pieces(GOLDEN.read_bytes()))
    passed = {check["code"]: check["passed"] for check in found["checks"]}
    assert (found["verified"], found["faults"], found["own_key"]) == (True, [], False)
    assert passed["rows"] is passed["figures"] is passed["signature"] is True
    assert passed["key"] is None, "nobody said whose key it is"
    assert left(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"no zip " * 9_000, GOLDEN.read_bytes()[:-1]])
async def test_what_is_no_package_differs(tmp_path: Path, content: bytes) -> None:
    """A verdict in words that name no path of this box; nothing stays."""
    found = await Examining(tmp_path).verify(pieces(content))
    assert found["verified"] is False
    assert found["key"] is None
    assert found["own_key"] is False
    assert found["faults"]
    assert str(tmp_path) not in str(found)
    assert left(tmp_path) == []


async def test_a_changed_byte_names_its_file(tmp_path: Path) -> None:
    """The first thing that differs is said."""
    content = bytearray(GOLDEN.read_bytes())
    content[ZipFile(GOLDEN).getinfo("result.json").header_offset + 60] ^= 1
    found = await Examining(tmp_path).verify(pieces(bytes(content)))
    assert "result.json" in found["faults"][0]


async def test_one_is_checked_at_a_time(tmp_path: Path) -> None:
    """Who comes second is refused at once, and the first gets its verdict."""
    desk, first_came = Examining(tmp_path), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        first_came.set()
        await asyncio.sleep(0.05)
        yield b"no zip"

    async with asyncio.TaskGroup() as group:
        first = group.create_task(desk.verify(slow()))
        await first_came.wait()
        with pytest.raises(Refused, match="another package is being checked"):
            await desk.verify(pieces(b""))
    assert first.result()["verified"] is False


async def test_a_check_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused in words, nothing stays, and the next one is served."""
    desk = Examining(tmp_path)
    monkeypatch.setattr(examining, "CHECKING_S", 0.01)
    with pytest.raises(Refused, match="too much time or memory"):
        await desk.verify(pieces(GOLDEN.read_bytes()))
    assert left(tmp_path) == []
    monkeypatch.undo()
    assert (await desk.verify(pieces(b"")))["verified"] is False


async def test_a_package_is_brought_in_a_child_of_its_own(tmp_path: Path) -> None:
    """Its facts and figures come back; one of another key than is known comes back as a problem."""
    desk = Examining(tmp_path)
    found = await desk.bring(pieces(GOLDEN.read_bytes()), {}, None)
    assert (found["facts"]["site"], found["result"]["target"]["after"]) == ("hanbit", 3127.5)
    wrong = await desk.bring(pieces(GOLDEN.read_bytes()), {"hanbit": "0" * 32}, None)
    assert "not by the key that was given" in wrong["problem"]
    assert str(tmp_path) not in str([found, wrong]).replace(found["facts"].get("file", ""), "")
    assert left(tmp_path) == []
