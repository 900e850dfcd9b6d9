"""By which ideal cycles and prices a figure is computed: those of now, or those of a baseline.

A verdict counts every day by what its baseline froze, whatever was changed since. Who asks for the
figure of such a day asks with that baseline, and finds the sums that the verdict divided.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from edge.engine.entering.configured import plain, tariff_document
from edge.engine.explaining.sources import Source
from edge.engine.figures.pricing import rates_of
from edge.engine.folding.lines import LineRules
from edge.engine.verdicts import baselines
from edge.engine.view import View
from edge.errors import Refused
from edge.site import Line, Machine, Price, Rate, Site, Tariff

Document = dict[str, Any]  # JSON


class Terms(NamedTuple):
    """The line with the ideal cycles that are to hold, and the prices that are."""

    line: Line
    prices: Sequence[Rate]
    of_baseline: bool


def terms_of(view: View, line: str, baseline: str | None, to_ns: int) -> Terms:
    """Those of the site as it is now; with a baseline, those by which its verdicts count.

    Up to its own end a baseline counts by the prices of then, each on its day; after it, by what a
    unit cost on average in it.

    Args:
        view: the site.
        line: whose figures they are.
        baseline: an id, or None.
        to_ns: the end of what is asked for.

    Raises:
        NotFound: no such line or baseline.
        Refused: the baseline is of another line.
    """
    if baseline is None:
        return Terms(view.line(line), rates_of(view.site), of_baseline=False)
    body = baselines.shown(view, baseline)
    if body["line"] != line:
        raise Refused(f"baseline '{baseline}' is of line '{body['line']}' and not of '{line}'")
    is_past = to_ns <= body["to_ns"]
    prices = baselines.prices_then(body) if is_past else baselines.frozen_prices(body)
    return Terms(baselines.frozen_line(view, body), prices, of_baseline=True)


def tables_document(
    view: View,
    rules: LineRules,
    asked: tuple[Machine | None, list[Source]],
    terms: Terms,
    window: tuple[int, int],
) -> Document:
    """Calendar, state map, thresholds and counters as they hold now, and the terms.

    Args:
        view: the site.
        rules: of the line.
        asked: the machine, None for the line, and the signals that its figure rests on.
        terms: the ideal cycles and prices that hold.
        window: the time that is asked for.
    """
    (machine, told), known = asked, baselines.tables(view, terms.line)
    own = machine or rules.exits[0]
    hours = rules.calendar.hours(window[0], max(window[1], window[0] + 1))
    shifts = zip(
        hours.shift_id, hours.shift_t0_ns.tolist(), hours.shift_t1_ns.tolist(), strict=True
    )
    return {
        "calendar": {
            "version": rules.calendar_version,
            "shifts": [
                {"id": name, "from": view.time(t0_ns), "to": view.time(t1_ns)}
                for name, t0_ns, t1_ns in shifts
                if t1_ns > window[0] and t0_ns < window[1]
            ],
        },
        "ideal_cycles_s": known["ideal_cycles"],
        "state_map": {
            source.machine.id: dict(source.signal.map) for source in told if source.role == "state"
        },
        "thresholds_s": {"micro_after": own.micro_after_s, "stop_after": own.stop_after_s},
        **prices_document(view.site, terms),
        "counters": {
            source.signal.path: {
                "modulus": source.signal.modulus,
                "max_rate": source.signal.max_rate,
                "reset_policy": source.signal.reset_policy,
                "scale": source.signal.scale,
                "unit": source.signal.unit,
            }
            for source in told
            if source.role not in ("state", "product", "order")
        },
    }


def prices_document(site: Site, terms: Terms) -> Document:
    """Prices and tariffs, and what the greatest power costs: no figure divides that."""
    flat = [price for price in terms.prices if isinstance(price, Price)]
    tariffs = [tariff for tariff in terms.prices if isinstance(tariff, Tariff)]
    return {
        "prices": [price_document(price) for price in flat],
        "tariffs": [tariff_document(tariff) for tariff in tariffs],
        "demands": [plain(demand._asdict()) for demand in site.demands],
    }


def price_document(price: Price) -> Document:
    """A price; what a unit cost on average has neither a day nor a unit of its own."""
    told = plain(price._asdict())
    return told if price.unit else {**told, "unit": None, "valid_from": None}
