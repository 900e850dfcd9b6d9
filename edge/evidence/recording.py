"""What a computation asked of the samples, so that a package can hold just that."""

from collections import defaultdict

from edge.model import HOUR_NS, I64, Reader, Samples

Span = tuple[int, int]


class Recorder:
    """A reader that hands on every question and remembers it, in whole hours.

    It shows nothing behind a certain instant, so that the answers stay the same while more arrives.
    """

    def __init__(self, reader: Reader, until_ns: int) -> None:
        self._reader, self._until_ns = reader, until_ns
        self.hours = defaultdict[str, set[int]](set)  # by path: hours since 1970
        self.lived = dict[str, Span]()  # by source: what was asked of its proofs of life

    def samples(self, signals: list[str], from_ns: int, to_ns: int) -> dict[str, Samples]:
        """Samples of an interval; the hours in which there are any are remembered."""
        found = self._reader.samples(signals, from_ns, self._end(from_ns, to_ns))
        for path, samples in found.items():
            self._note(path, samples)
        return found

    def before(self, signals: list[str], at_ns: int) -> dict[str, Samples]:
        """The last sample before an instant."""
        found = self._reader.before(signals, min(at_ns, self._until_ns))
        for path, samples in found.items():
            self._note(path, samples)
        return found

    def symbols(self) -> dict[int, str]:
        """The texts behind the values of text signals."""
        return self._reader.symbols()

    def life(self, source: str, from_ns: int, to_ns: int) -> I64:
        """Proofs of life of a source."""
        to_ns = self._end(from_ns, to_ns)
        first, last = self.lived.get(source, (from_ns, to_ns))
        self.lived[source] = min(first, from_ns), max(last, to_ns)
        return self._reader.life(source, from_ns, to_ns)

    def _end(self, from_ns: int, to_ns: int) -> int:
        """Where an interval ends that is cut off where nothing more is shown."""
        return max(from_ns, min(to_ns, self._until_ns))

    def _note(self, path: str, samples: Samples) -> None:
        """Remember the hours of some samples."""
        if len(samples.source_ns):
            self.hours[path] |= set((samples.source_ns // HOUR_NS).tolist())
