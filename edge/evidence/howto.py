"""The ten lines by which anybody checks a package with DuckDB and sha256sum alone."""

import re
from collections.abc import Mapping
from typing import Any

from edge.evidence import linting
from edge.evidence.refold import Scope
from edge.evidence.results import Promise
from edge.site import Line, Signal
from edge.text.catalogue import catalogue

Document = dict[str, Any]  # JSON
NAMELESS = r"[^\w./-]"  # what no name that is printed may hold: some may begin a command
SUMS = {
    "throughput_per_hour": ("coalesce(sum(gq) filter (planned), 0)", "sum(pbt_ns) / 3.6e12"),
    "defect_rate": ("sum(sq + coalesce(rq, 0))", "sum(pq)"),
    "scrap_ratio": ("sum(sq)", "sum(pq)"),
    "rework_ratio": ("sum(rq)", "sum(pq)"),
    "availability": ("sum(apt_ns) / 1e9", "sum(pbt_ns - unknown_ns) / 1e9"),
    "setup_ratio": ("sum(aust_ns) / 1e9", "sum(apt_ns + aust_ns) / 1e9"),
    "technical_efficiency": (
        "sum(apt_ns) / 1e9",
        "sum(apt_ns + adet_ns + adet_external_ns) / 1e9",
    ),
    "energy_per_good_piece": ("sum(energy_kwh)", "sum(gq)"),
}
"""Numerator and denominator of the measures that need neither ideal cycles nor prices."""
CHECK_ALL = "sha256sum --quiet -c SHA256SUMS"
LIST_IS_LISTED = 'grep -c "$(sha256sum < SHA256SUMS | cut -c 1-64)" manifest.json'
HASH = "sha256sum manifest.json"
SIGNED = (
    "openssl pkeyutl -verify -pubin -rawin -inkey key.pem -sigfile manifest.sig -in manifest.json"
)
FOUND = (
    "select target.before, target.after, target.target, target.verdict"
    " from read_json('result.json')"
)
RATIOS = " union all ".join(
    f"select '{side}', sum(d.numerator) / sum(d.denominator)"  # noqa: S608 - two words of ours
    f" from (select unnest(days.{side}) as d from read_json('result.json'))"
    for side in ("baseline", "report")
)
DAYS = (
    "select count(*) from (select unnest(days.baseline || days.report) as d"
    " from read_json('result.json'))"
    " join (select production_day as day, {above} as a, {below} as b from 'elements.parquet'"
    " where {whose} group by 1) on day = d.day::varchar"
    " where abs(d.numerator - a) > 1e-9 * abs(a) or abs(d.denominator - b) > 1e-9 * abs(b)"
)
COUNT = (
    "with t as (select min(t0_ns) as a, max(t1_ns) as b, sum(gq) as kept from 'elements.parquet'"
    " where machine = '{machine}' and production_day = '{day}'),"
    " s as (select value - lag(value) over (order by source_ns, block) as step"
    " from 'samples/*.parquet', t where signal = '{signal}'"
    " and source_ns >= a and source_ns <= b and status < 1073741824)"
    " select (select sum({step}) from s) * {scale} as counted, kept from t"
)


def text(result: Document, promise: Promise, scope: Scope, parts: Mapping[str, Document]) -> str:
    """How to verify this package; each line that begins with `$` is a command.

    Args:
        result: its figures.
        promise: the target.
        scope: what was computed.
        parts: what stands behind the figures, by file.
    """
    steps = [
        ("Every file is as it was listed; no line may be printed.", CHECK_ALL),
        ("The list is the one in the manifest; prints 1.", LIST_IS_LISTED),
        ("The hash of the manifest is what you were told, or what you kept.", HASH),
        ("What was promised, and what was found.", duckdb(FOUND)),
        ("Before, and after: each the ratio of the sums of its days.", duckdb(RATIOS)),
        *days_steps(promise),
        *raw_steps(result, scope.site.lines[0]),
        ("The signature, where openssl is at hand.", SIGNED),
        ("Every figure, from the samples.", "lineproof evidence verify PACKAGE --recompute"),
    ]
    lines = [f"{n:2}. {said}\n    $ {command}\n" for n, (said, command) in enumerate(steps, 1)]
    return head(result, scope) + "".join(lines) + LIMITS + known(parts[linting.FILE])


def known(lints: Document) -> str:
    """What whoever judges the figures should know."""
    words = catalogue("en")
    found = [
        f"- {words[f'lints.{side}']}, {re.sub(NAMELESS, '_', thing)}: {said}\n"
        for side, thing, said in linting.printed("en", lints)
    ]
    return f"\n{words['lints.title']} ({linting.FILE}): " + (
        f"{words['lints.says']}\n{''.join(found)}" if found else f"{words['lints.none']}\n"
    )


def duckdb(query: str) -> str:
    """A query as a command."""
    return f'duckdb -c "{query}"'


def days_steps(promise: Promise) -> list[tuple[str, str]]:
    """The days are sums of the element rows, where they are of one line and plain columns."""
    measure, machine = promise.target["measure"], promise.target["machine"]
    if measure not in SUMS or len(promise.lines) > 1:
        return []
    above, below = SUMS[measure]
    whose = f"machine = '{machine}'" if machine else "machine is null"
    query = DAYS.format(above=above, below=below, whose=whose)
    return [("The days are sums of the element rows; prints 0.", duckdb(query))]


def raw_steps(result: Document, line: Line) -> list[tuple[str, str]]:
    """The good pieces of one day counted from the samples, beside those of the rows."""
    days = result["days"]["report"] or result["days"]["baseline"]
    machine = next(machine for machine in line.machines if machine.exit)
    good = machine.signals.get("good")
    if not days or good is None:
        return []
    day, names = days[0]["day"], {"machine": machine.id, "signal": good.path}
    query = COUNT.format(day=day, step=unwrapped(good), scale=repr(good.scale), **names)
    said = f"Good pieces of {day}, counted from the samples, and as the rows have them."
    return [(said, duckdb(query))]


def unwrapped(signal: Signal) -> str:
    """The step of a counter that begins anew at its modulus."""
    if signal.modulus is None:
        return "greatest(step, 0)"
    return f"case when step < 0 then step + {signal.modulus} else step end"


def head(result: Document, scope: Scope) -> str:
    """What this is."""
    target = result["target"]
    name = re.sub(NAMELESS, "_", scope.site.id)
    return (
        f"How to verify this package: site {name}, target {target['id']}, state of"
        f" {result['as_of']}.\nUnpack it anywhere and run these lines in its folder.\n\n"
    )


LIMITS = """
What this proves: the figures follow from the samples in this package by the definitions in it, and
nothing was changed since who holds the key signed it.
What it does not prove: that a sensor told the truth, that nothing was changed before it was
recorded, or whose key it is. For that, note the key's id at the box, and keep the hash of a
manifest or the root of a day where nobody can change it.
"""
