"""When databases are closed, and when their program is let go of."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from edge.service import resting
from edge.stores import Stores
from tests.unit.edge.fake_clock import FakeClock
from tests.unit.edge.test_archive import row, sealed
from tests.unit.edge.test_archive import stores as stores  # noqa: PLC0414 - a fixture


@dataclass
class Looked(FakeClock):
    """A clock that tells before which look it is, and ends after the last."""

    before: Callable[[int], None] = print
    looks: int = 6

    async def sleep(self, seconds: float) -> None:
        """Let something happen, then move time on."""
        if len(self.slept_s) == self.looks:
            raise StopAsyncIteration
        self.before(len(self.slept_s))
        await super().sleep(seconds)


async def test_a_program_is_let_go_of_once_all_have_rested(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not while one of them was asked, and not again at each look."""
    (part,) = sealed(stores, [row(1, 0, 1)])
    let_go, look = list[tuple[int, str]](), [0]
    monkeypatch.setattr(resting, "unmap_code", lambda name: let_go.append((look[0], name)))

    def asked(at: int) -> None:
        look[0] = at
        if at in {0, 1, 4}:
            stores.archive.vault.fetch([part.path], None)

    with Stores.open(stores.data, readonly=True) as idle, pytest.raises(StopAsyncIteration):
        await resting.keep_light([idle.archive, stores.archive], Looked(before=asked))
    assert let_go == [(2, "_duckdb."), (5, "_duckdb.")]
