"""One run over an open session: take over or make a subscription, then read until the link ends."""

import asyncio
import math
from collections.abc import Mapping
from typing import Any

import structlog
from asyncua import ua

from collectors.opcua.decode import When
from collectors.opcua.items import Item, Items
from collectors.opcua.link import ANSWER_S, Answered, Link, told
from collectors.opcua.mark import Mark
from collectors.opcua.nodes import LEAVES_FOR, LEAVES_IN, STATE, VALUE, plain, read
from collectors.opcua.past import Interval, Past, batch_of, recorded
from collectors.opcua.requests import PUBLISHERS
from collectors.opcua.settings import KEEP_ALIVE_COUNT, Config
from collectors.opcua.stream import Stream
from edge.clock import Clock
from edge.errors import LineproofError, Misconfigured, Unavailable
from edge.model import SECOND_NS, Batch, Deliver

KEPT_S = 600  # for a named user: how long a server keeps what happens while we are away
UNKEPT_S = 60  # for a nameless one nobody will come back
MEND_S = 10.0
WATCH_S = 5.0
HEARD_S = 4.0  # a link that only takes is noticed within ten seconds, a slow server is waited for
MILLISECOND_NS = 1_000_000
PLANNED = "planned: source was restarted as it had announced"
FORGOTTEN = "source no longer reported changes of some nodes"
PATIENCE = 2.5  # keep-alives that may fail to come
MODIFIED = ua.ModifySubscriptionResponse

log = structlog.get_logger()


async def read_on(link: Link, config: Config, deliver: Deliver, clock: Clock) -> None:
    """Read until cancelled.

    Raises:
        Unavailable: the link is gone, or the server ended the subscription.
    """
    run = Run(link, config, deliver, clock)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(link.receive())
            tasks.create_task(link.renew())
            await run.start(tasks)
            tasks.create_task(run.stream.publish(tasks))
            tasks.create_task(run.mend())
            tasks.create_task(run.watch())
    except BaseExceptionGroup as group:
        raise worst(group) from None


async def announced(link: Link, state: Any) -> str:  # noqa: ANN401 - untyped library
    """What to tell of a server that says it shuts down; nothing of one that does not."""
    if state.Value is None or state.Value.Value != ua.ServerState.Shutdown:
        return ""
    seconds, why = await read(link, [(LEAVES_IN, VALUE), (LEAVES_FOR, VALUE)], 2)
    return (
        f"{link.url}: the server says that it shuts down in {plain(seconds)} s: '{plain(why)}'; "
        "until it is back nothing comes, and the gap is named as planned"
    )


def worst(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that tells most: a bug, else what a person must mend, else the first."""
    errors = [
        leaf
        for error in group.exceptions
        for leaf in ([worst(error)] if isinstance(error, BaseExceptionGroup) else [error])
    ]
    errors.sort(
        key=lambda error: (isinstance(error, LineproofError), not isinstance(error, Misconfigured))
    )
    return errors[0]


class Run:
    """The subscription of one run, and what keeps it complete."""

    def __init__(self, link: Link, config: Config, deliver: Deliver, clock: Clock) -> None:
        self._link = link
        self._config = config
        self._deliver = deliver
        self._clock = clock
        self._items = Items(link, config, deliver)
        self.stream = Stream(link, self._items, deliver, clock)
        # a server may answer by the keys of the request: all have their turn while these live
        self.stream.requests.cap(link.keys_live_s / 4 / config.quiet_s)
        self._compare_s = 2 * config.publish_ms / 1000  # after a turn of publishing all is told
        self._compare_ns = 0
        self._silence_s = PATIENCE * KEEP_ALIVE_COUNT * config.publish_ms / 1000

    async def start(self, tasks: asyncio.TaskGroup) -> None:
        """Take over what an earlier run left, or begin anew and write down the time between.

        A beginning is not waited for: tasks start in the order in which they were made, so the gap
        is on the disk no later than the mark, and the mark no later than the first rows.
        """
        found = await self._items.find()
        mark = Mark.unpack(self._deliver.key)
        lost = await self._take_over(mark, found, tasks) if mark else "first start"
        if not lost:
            return
        begun = await self._begun(found)
        rows = Batch.of([])
        if mark is not None:
            mark = caught_up if (caught_up := self.stream.keeping.mark).subscription else mark
            log.warning("subscription begun anew", url=self._link.url, reason=lost)
            rows, lost, from_ns, to_ns = await self._recovered(lost, mark, begun)
            begun = begun._replace(newest_ns=int(rows.source_ns.max(initial=0)))
            tasks.create_task(self._deliver.gap(lost, from_ns, to_ns))
        tasks.create_task(self._deliver(rows, begun.pack()))
        self.stream.begin(begun, self._items.answered_ns)

    async def _recovered(self, lost: str, mark: Mark, begun: Mark) -> tuple[Batch, str, int, int]:
        """What the server recorded while we were away; then why, from and to when data lack.

        It is the whole time away, and less of it where every node's values were recorded.
        """
        from_ns, to_ns = mark.seen_ns, begun.seen_ns
        items = list(self._items.live.values())
        past = Past([], 0)
        if 0 < mark.newest_ns < self._items.answered_ns and items:  # else a clock was set
            interval = Interval(mark.newest_ns, self._items.answered_ns)
            when = When.judging(to_ns, trusted=self._clock.trusted())
            past = await recorded(self._link, items, interval, self.stream.decoder, when)
        if past.whole:
            lost = f"{lost}; {past.whole} of {len(items)} nodes read back from its history"
        same_start = mark.server == self._items.server  # before another one it recorded nothing
        if past.whole == len(items) > 0 and same_start:  # but what was older and not published yet
            from_ns = mark.newest_ns - self._config.publish_ms * MILLISECOND_NS
            to_ns = mark.newest_ns
        rows = batch_of(past)
        self.stream.recovered(rows)
        return rows, lost, from_ns, to_ns

    async def mend(self) -> None:
        """Ask again for what is absent, and give up what is gone, until cancelled."""
        while True:
            await self._clock.sleep(MEND_S)
            gone, self.stream.keeping.vanished = self.stream.keeping.vanished, set()
            await self._items.drop(self.stream.keeping.mark.subscription, gone, "has gone")
            if self._clock.monotonic_ns() >= self._compare_ns:
                await self._compare()
            if self._items.absent:
                found = await self._items.find()
                await self._items.watch(self.stream.keeping.mark.subscription, found)

    async def _compare(self) -> None:
        """Hold silent nodes against what was told of them; watch those anew that were forgotten."""
        apart_s = max(self._compare_s, 2 * self._items.slowest_s)  # all is looked at and told
        self._compare_ns = self._clock.monotonic_ns() + int(apart_s * SECOND_NS)
        freshness = self.stream.keeping.freshness
        if self.stream.held_up():
            freshness.forgive()
            return
        found = await self._items.values(freshness.silent(self._items.live))
        now_ns = self._clock.wall_ns()
        forgotten = freshness.judge(found, now_ns)
        if not forgotten:
            return
        nodes = [self._items.live[signal].point.node for signal in forgotten]
        log.warning("server forgot nodes", url=self._link.url, nodes=len(nodes), first=nodes[0])
        await self._deliver.gap(FORGOTTEN, min(forgotten.values()), now_ns)
        await self._items.drop(self.stream.keeping.mark.subscription, forgotten, "was forgotten")

    async def watch(self) -> None:
        """See to it that the server answers and speaks, until cancelled.

        The question keeps the session alive when a full disk keeps us from publishing.
        """
        while True:
            await self._clock.sleep(WATCH_S)
            self.stream.expire()
            with told(self._link.url):
                async with asyncio.timeout(HEARD_S):
                    (state,) = await read(self._link, [(STATE, VALUE)], 1, soon=False)
            text = await announced(self._link, state)
            self._deliver.finding("leaving", text)
            ends = self._link.ends and self._link.ends.soon(self._clock)
            self._deliver.finding("certificates", f"{self._link.url}: {ends}" if ends else "")
            self.stream.leaving(announced=bool(text))
            if self.stream.requests.silent_s() > self._silence_s:
                raise Unavailable(
                    f"{self._link.url}: no news and no keep-alive for {self._silence_s:.0f} s, "
                    "though it answers; connected anew"
                )

    async def _take_over(
        self, mark: Mark, found: Mapping[int, Item], tasks: asyncio.TaskGroup
    ) -> str:
        """Go on where an earlier run ended; or say why that cannot be."""
        if not self._config.security.user:
            return "nothing is kept for a nameless user"
        if mark.server != self._items.server:
            return PLANNED if mark.announced else "source was restarted"
        try:
            available = await self._transferred(mark.subscription)
            self._learn(await self._link.ask(self._modify(mark.subscription), MODIFIED))
        except Answered as error:
            return f"source did not keep the subscription: {error}"
        self.stream.begin(mark)
        fits = mark.watched == self._items.digest(found)
        if fits:
            self._items.adopt(found)
        await self.stream.catch_up(available, tasks)
        if fits:
            return ""
        await self.stream.settle()
        request = ua.DeleteSubscriptionsRequest()
        request.Parameters.SubscriptionIds = [mark.subscription]
        await self._link.ask(request, ua.DeleteSubscriptionsResponse)
        return "other nodes are watched now"

    async def _transferred(self, subscription: int) -> list[int]:
        """Take a subscription into our session; the messages that the server kept in it."""
        request = ua.TransferSubscriptionsRequest()
        request.Parameters.SubscriptionIds = [subscription]
        request.Parameters.SendInitialValues = False
        answer = await self._link.ask(request, ua.TransferSubscriptionsResponse)
        (result,) = answer.Parameters.Results
        if not result.StatusCode.is_good():
            raise Answered(result.StatusCode.name, result.StatusCode.value)
        return list(result.AvailableSequenceNumbers or ())

    async def _begun(self, found: Mapping[int, Item]) -> Mark:
        """A subscription of our own, with what was found in it."""
        request = ua.CreateSubscriptionRequest()
        wanted = request.Parameters
        wanted.RequestedPublishingInterval = float(self._config.publish_ms)
        wanted.RequestedLifetimeCount = self._lifetime()
        wanted.RequestedMaxKeepAliveCount = KEEP_ALIVE_COUNT
        wanted.PublishingEnabled = True
        answer = await self._link.ask(request, ua.CreateSubscriptionResponse)
        self._learn(answer)
        subscription = answer.Parameters.SubscriptionId
        await self._items.watch(subscription, found)
        seen_ns = self._clock.wall_ns()
        return Mark(subscription, 0, seen_ns, self._items.server, self._items.watched)

    def _modify(self, subscription: int) -> Any:  # noqa: ANN401 - untyped library
        """The request that changes nothing, and tells what the server made of our wishes."""
        request = ua.ModifySubscriptionRequest()
        wanted = request.Parameters
        wanted.SubscriptionId = subscription
        wanted.RequestedPublishingInterval = float(self._config.publish_ms)
        wanted.RequestedLifetimeCount = self._lifetime()
        wanted.RequestedMaxKeepAliveCount = KEEP_ALIVE_COUNT
        return request

    def _lifetime(self) -> int:
        kept_s = KEPT_S if self._config.security.user else UNKEPT_S
        return max(3 * KEEP_ALIVE_COUNT, math.ceil(kept_s * 1000 / self._config.publish_ms))

    def _learn(self, answer: Any) -> None:  # noqa: ANN401 - untyped library
        """Measure patience by what the server made of our wishes; say what it cut."""
        revised = answer.Parameters
        every_s = revised.RevisedPublishingInterval / 1000
        alive_s = every_s * revised.RevisedMaxKeepAliveCount
        kept_s = every_s * revised.RevisedLifetimeCount
        self._silence_s = PATIENCE * alive_s + ANSWER_S
        self._compare_s = 2 * every_s
        self.stream.requests.patience_s = (PUBLISHERS + 1) * alive_s + ANSWER_S
        wanted_s = self._lifetime() * self._config.publish_ms / 1000
        text = (
            f"{self._link.url}: the server keeps our subscription for {kept_s:.0f} s, not for the "
            f"{wanted_s:.0f} s asked; a longer restart loses changes; raise its limit"
        )
        self._deliver.finding("lifetime", text if kept_s < 0.9 * wanted_s else "")
        text = (
            f"{self._link.url}: the server reports changes every {every_s * 1000:g} ms, not every "
            f"{self._config.publish_ms} ms as asked; pages are as late; set publish_ms to that"
        )
        slower = every_s * 1000 > 1.1 * self._config.publish_ms
        self._deliver.finding("interval", text if slower else "")
