"""What a server holds of us, as it says itself when it is asked: points counted by signal.

Every point of ours has a `status`, so that is what is counted; two rows of one signal and time are
one point. InfluxQL is asked for, because 1.6, 1.8 and 2.x all answer it.
"""

import json
import re
from collections.abc import Collection, Iterator
from http import HTTPStatus
from typing import Any

from edge.errors import Unavailable
from edge.sinks.influxdb.address import Address
from edge.sinks.influxdb.answers import advice, excerpt
from edge.sinks.influxdb.link import Link

UNITS_S = {"h": 3_600, "m": 60, "s": 1}
READING = "; give the token the right to read, or name one that has it as `read_token_file`"
SHUT = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
Series = dict[str, Any]  # JSON


class Tally:
    """Asks one server what it holds."""

    def __init__(self, link: Link, address: Address) -> None:
        self._link = link
        self._address = address

    async def points(self, lines: Collection[str], from_ns: int, to_ns: int) -> dict[str, int]:
        """How many points of each signal path lie in an interval.

        Args:
            lines: ids of the lines, which are the measurements.
            from_ns: first instant.
            to_ns: first instant that is no more meant.

        Raises:
            Unavailable: the server cannot be reached, or does not tell.
        """
        names = ", ".join(map(quoted, lines))
        found = await self._asked(
            f'SELECT count("status") FROM {names} WHERE time >= {from_ns} AND time < {to_ns}'  # noqa: S608 - names of ours, quoted
            " GROUP BY site, machine, signal"
        )
        return dict(counts(found))

    async def keeps_s(self) -> int:
        """How many seconds back the server keeps points; 0 for ever.

        Raises:
            Unavailable: the server cannot be reached, or does not tell.
        """
        database, _, policy = self._address.bucket.partition("/")
        for series in await self._asked(f"SHOW RETENTION POLICIES ON {quoted(database)}"):
            for row in series.get("values", []):
                told = dict(zip(series["columns"], row, strict=True))
                if told.get("name") == policy or (not policy and told.get("default")):
                    return seconds(str(told.get("duration", "")))
        return 0

    async def _asked(self, question: str) -> list[Series]:
        try:
            path, headers = self._address.asking(question)
        except (OSError, ValueError) as error:
            raise Unavailable(f"{error}; put the token or the password there") from error
        answer = await self._link.get(path, headers)
        try:
            (result,) = json.loads(answer.text)["results"]
            series: list[Series] = result.get("series", [])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = advice(answer, self._address.bucket)
            if answer.status in SHUT:
                what += READING
            raise Unavailable(
                f"influxdb {self._link.url}: asked what it holds it {what}"
            ) from error
        if answer.status != HTTPStatus.OK or "error" in result:
            what = f"answers {answer.status} {excerpt(answer)}"
            raise Unavailable(
                f"influxdb {self._link.url}: asked what it holds it {what}; look at its log"
            )
        return series


def quoted(name: str) -> str:
    """A name as InfluxQL reads it."""
    escaped = name.replace('"', '\\"')
    return f'"{escaped}"'


def counts(found: list[Series]) -> Iterator[tuple[str, int]]:
    """Signal path and number of points of each series that the server tells of."""
    for series in found:
        tags = series.get("tags", {})
        path = "/".join([tags.get("site", ""), series["name"], tags.get("machine", "")])
        ((_, number),) = series["values"]
        yield f"{path}/{tags.get('signal', '')}", int(number)


def seconds(duration: str) -> int:
    """A duration as InfluxQL prints it.

    >>> seconds("168h0m0s")
    604800
    """
    found = re.findall(r"([0-9]+)([hms])", duration)
    return sum(int(number) * UNITS_S[unit] for number, unit in found)
