"""What a server may refuse, also in the middle, and how often a channel may get new keys."""

import asyncio
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from collectors.opcua import Config, Point, collect, link
from collectors.opcua.caller import Caller
from collectors.opcua.settings import Security
from edge.clock import SYSTEM
from edge.errors import LineproofError, Unavailable, Unreachable
from edge.site import Kind
from edge.status import Status
from edge.supervise import supervise
from tests.contract.deadline import until
from tests.servers.node_opcua import Peer
from tests.unit.collectors.opcua_kept import Kept

pytestmark = pytest.mark.peer
OPEN = Security(policy="None", exception="a test on loopback")
POINTS = (Point(signal=1, kind=Kind.COUNTER, node="nsu=urn:mask;s=Good", queue=2000),)
LIFETIME_MS = 6_000
"""node-opcua answers a request by the key with which it was sent: eight wait there, a tenth of a
second each, and are read a quarter later at the most. The key's last quarter must be longer."""
RENEWALS = 5
MANY = 20


def peer(folder: Path, **more: Any) -> Peer:  # noqa: ANN401 - JSON
    """A server with a counter."""
    return Peer(folder, namespaces=["urn:mask"], nodes={"Good": ["Double", 0]}, **more)


def config(server: Peer, security: Security, keys: Path) -> Config:
    """A source that reads it."""
    return Config(url=server.url, security=security, publish_ms=100, keys=keys, points=POINTS)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A server that knows a user, and outlives a test, for starting one takes two seconds."""
    with peer(tmp_path_factory.mktemp("peer"), users={"gateway": "secret"}) as running:
        yield running


async def test_a_refused_subscription_is_asked_for_again(tmp_path: Path) -> None:
    """Once for ever, or as long as another has the last one: it is told, and not hammered."""
    with peer(tmp_path, subscriptions=1) as server:
        first, second, wanted = Kept(), Kept(), config(server, OPEN, tmp_path)
        async with asyncio.TaskGroup() as tasks:
            holding = tasks.create_task(collect(wanted, first))
            await until(lambda: bool(first.rows), "the first reads")
            with pytest.raises(Unavailable, match="BadTooManySubscriptions") as refused:
                await collect(wanted, second)
            assert not isinstance(refused.value, Unreachable)
            holding.cancel()
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(collect(wanted, second))
            await until(lambda: bool(second.rows), "the second reads, now that it may")
            reading.cancel()


@pytest.mark.parametrize("ends", [False, True], ids=["kept", "ended"])
@pytest.mark.parametrize(
    "code",
    [
        "BadNoSubscription",
        "BadSubscriptionIdInvalid",
        "BadSessionIdInvalid",
        "BadSecureChannelClosed",
    ],
)
async def test_a_refused_publish_request_costs_nothing_unnamed(
    shared: Peer, tmp_path: Path, code: str, *, ends: bool
) -> None:
    """We connect anew by ourselves: what the server kept comes, what it threw away is in a gap."""
    shared.do("reset")
    (secret := tmp_path / "password").write_text("secret\n")
    user = OPEN.model_copy(update={"user": "gateway", "password_file": secret})
    kept, status = Kept(), Status()
    read = partial(collect, config(shared, user, tmp_path), kept)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(supervise("plc1", read, status, SYSTEM))
        await until(lambda: bool(kept.rows), "it reads")
        shared.do("ramp", name="Good", every_ms=10)
        await until(lambda: len(kept.rows) > MANY, "values come")
        shared.do("refuse", code=code, ends=ends)
        await until(lambda: code in status.of("plc1").message, "it hears of it")
        seen = len(kept.rows)
        await until(lambda: len(kept.rows) > seen + MANY, "values come again")
        last = shared.do("still", name="Good")["count"]
        await until(lambda: kept.rows[-1].value == last, "the last value")
        reading.cancel()
    made_ms = shared.do("told", name="Good")["at_ms"]
    found = [int(row.value) for row in kept.rows]
    missing = sorted(set(range(last + 1)) - set(found))
    assert found == sorted(set(found))
    assert bool(missing) == bool(kept.gaps) == ends
    for value in missing:
        made_ns = made_ms[value - 1] * 1_000_000
        assert any(a <= made_ns <= b for _, a, b in kept.gaps), (value, made_ns, kept.gaps)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["None", "Basic256Sha256"])
async def test_new_keys_cost_no_sample(
    policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The channel is renewed many times while values come: each of them is there, in order."""
    renewed = 0

    class Hasty(Caller):
        """Renews keys as if they did not live long, whatever the server says of that."""

        async def open_secure_channel(self, renew: bool = False) -> None:  # noqa: FBT001, FBT002 - as its parent
            nonlocal renewed
            await super().open_secure_channel(renew)
            self.secure_channel_timeout = LIFETIME_MS
            renewed += renew

    monkeypatch.setattr(link, "Caller", Hasty)
    with peer(tmp_path) as server:
        security = OPEN if policy == "None" else Security(policy="Basic256Sha256")
        wanted, kept = config(server, security, tmp_path / "keys"), Kept()
        if security is not OPEN:
            with pytest.raises(LineproofError, match="is not accepted"):
                await collect(wanted, kept)
            for waiting in (wanted.keys / "opcua" / "pending").iterdir():
                waiting.rename(wanted.keys / "opcua" / "trusted" / waiting.name)
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(collect(wanted, kept))
            await until(lambda: bool(kept.rows), "it reads")
            server.do("ramp", name="Good", every_ms=10)
            await until(lambda: renewed >= RENEWALS, "renewals", 120)
            last = server.do("still", name="Good")["count"]
            await until(lambda: kept.rows[-1].value == last, "the last value")
            reading.cancel()
    found = [row.value for row in kept.rows]
    assert [b - a for a, b in pairwise(found) if b - a != 1] == []
    assert not kept.gaps
