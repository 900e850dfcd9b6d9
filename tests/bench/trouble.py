"""What goes wrong in a day, done to its samples: each rule of the fold is needed once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from edge.model import SECOND_NS, Batch
from tests.bench.dense import START_NS

SILENT_S = (7_000, 7_600)
RESET_S, SLIP_S, JUMP_S, FLICKER_S = 20_000, 25_000, 26_000, 30_000
FLICKER_NS = 300_000_000  # behind a sample, 0.7 s before the next one
JUMP, STOPPED = 9_999.0, 2.0


@dataclass(slots=True)
class Trouble:
    """Spoils the samples of a line, block by block, in their order."""

    line: str
    _shown: dict[str, float] = field(default_factory=dict)  # by path, what a reset took away

    def __call__(self, batch: Batch, ids: Mapping[str, int]) -> Batch:
        """A block with what went wrong in it."""
        value = batch.value.copy()
        at_s = (batch.source_ns - START_NS) // SECOND_NS
        reset = self._of("machine-2/scrap", batch, ids) & (at_s >= RESET_S)
        if reset.any():
            shown = self._shown.setdefault("scrap", float(value[reset][0]))
            value[reset] -= shown
        value[self._of("machine-3/good", batch, ids) & (at_s == SLIP_S)] = 0.0
        value[self._of("machine-3/good", batch, ids) & (at_s == JUMP_S)] = JUMP
        flicker = self._of("machine-4/state", batch, ids) & (at_s == FLICKER_S)
        more = batch.take(flicker)
        more = replace(
            more, source_ns=more.source_ns + FLICKER_NS, value=np.full(len(more), STOPPED)
        )
        silent = (at_s >= SILENT_S[0]) & (at_s < SILENT_S[1])
        mine = [number for path, number in ids.items() if "/machine-1/" in path]
        silent &= np.isin(batch.signal, mine)
        return Batch.concat([replace(batch, value=value).take(~silent), more])

    def _of(self, name: str, batch: Batch, ids: Mapping[str, int]) -> "np.ndarray":
        """Which samples are of a signal."""
        return np.asarray(batch.signal == ids[f"bench/{self.line}/{name}"])
