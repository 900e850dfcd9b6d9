"""Our own counters in Prometheus' text form; no signal is a label, or series would never end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.intake.parcels import Counts
from edge.status import State, Status


@dataclass(frozen=True, slots=True)
class Metrics(Collector):
    """One look at the counters."""

    counts: Mapping[str, Counts]
    confirmed: Mapping[str, int]  # rows by sink
    status: Status
    findings: int
    viewers: int
    newest_block: int

    def text(self) -> bytes:
        """What `/metrics` answers."""
        return generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        """The families, as Prometheus' client has them."""
        rows = CounterMetricFamily(
            "lineproof_rows", "Rows by source and fate", labels=["source", "fate"]
        )
        flying = GaugeMetricFamily(
            "lineproof_rows_in_flight", "Rows that are not on the disk yet", labels=["source"]
        )
        for source, counts in self.counts.items():
            for fate in ("received", "stored", "filtered", "quarantined"):
                rows.add_metric([source, fate], getattr(counts, fate))
            flying.add_metric([source], counts.in_flight)
        sinks = CounterMetricFamily(
            "lineproof_sink_rows", "Rows that a sink's server has confirmed", labels=["sink"]
        )
        for sink, confirmed in self.confirmed.items():
            sinks.add_metric([sink], confirmed)
        running = GaugeMetricFamily(
            "lineproof_running", "Whether a source, a sink or a room runs", labels=["owner"]
        )
        for owner, standing in self.status.states.items():
            running.add_metric([owner], standing.state is State.RUNNING)
        yield from (rows, flying, sinks, running)
        yield GaugeMetricFamily("lineproof_findings", "What needs a look", self.findings)
        yield GaugeMetricFamily("lineproof_viewers", "Open live streams", self.viewers)
        yield GaugeMetricFamily("lineproof_journal_block", "Newest block", self.newest_block)
