"""How a server is called before it has said a word."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from collectors.opcua.caller import Caller, addresses
from collectors.opcua.link import Link
from edge.clock import SystemClock


async def test_a_link_that_is_gone_before_the_greeting_is_left_at_once() -> None:
    """Left alone, asyncua would wait for an answer to what it never sent, until its deadline."""
    caller = Caller("opc.tcp://127.0.0.1:1", timeout=60)
    caller.uaclient.protocol = SimpleNamespace(transport=None)
    async with asyncio.timeout(5):
        with pytest.raises(ConnectionError, match="before a word was said"):
            await caller.send_hello()


async def test_the_next_address_is_tried_where_one_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name may have several, of which the last one that works is enough."""
    called = []
    caller = Caller("opc.tcp://plc.example:4840")

    async def found(host: str, _port: int) -> list[str]:
        assert host == "plc.example"
        return ["192.0.2.1", "192.0.2.2"]

    async def connect(address: str, port: int) -> None:
        called.append((address, port))
        if address == "192.0.2.1":
            raise ConnectionRefusedError

    monkeypatch.setattr("collectors.opcua.caller.addresses", found)
    caller.uaclient.connect_socket = connect
    caller.uaclient.protocol = SimpleNamespace(data_received=None)
    await caller.connect_socket()
    assert called == [("192.0.2.1", 4840), ("192.0.2.2", 4840)]


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
async def test_an_address_needs_no_servers_of_names(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where those hang, sources that are known by their address are not held up."""
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", None)
    assert await addresses(address, 4840) == [address]


async def test_a_link_is_closed_however_its_farewell_ends() -> None:
    """A server that does not answer CloseSession keeps no socket of ours; nor does who stops us."""
    done: list[str] = []
    config: Any = SimpleNamespace(url="opc.tcp://127.0.0.1:1")
    client = SimpleNamespace(
        uaclient=SimpleNamespace(
            protocol=SimpleNamespace(transport=SimpleNamespace(abort=lambda: done.append("abort"))),
            close_session=lambda _all: asyncio.sleep(60),
            disconnect_socket=lambda: done.append("socket"),
        )
    )
    link = Link(client, config, SystemClock())
    closing = asyncio.get_running_loop().create_task(link.close(keep_subscription=True))
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert done == ["socket", "abort"]
