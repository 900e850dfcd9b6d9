"""What an answer of InfluxDB means: who must act, and when to ask again.

The status is no verdict on a body and `dropped=` no count: 400 and 422 come with and without the
good lines stored, so a refusal only says that the body must be taken apart.
"""

import random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus

from edge.sinks.influxdb.link import HUNG_UP, Answer

LONGEST_WAIT_S = 300.0
LONGEST_UNASKED_S = 30.0
EXCERPT = 300  # characters of an answer that people are shown


class Verdict(Enum):
    """What is to be done after an answer."""

    STORED = "go on"
    REFUSED = "take the body apart"
    TOO_LONG = "send halves, and remember"
    BUSY = "wait as long as it says"
    ELSEWHERE = "ask at the older address"
    PARKED = "wait for a person"
    FAILING = "try again"


PLAIN = {
    HUNG_UP: Verdict.TOO_LONG,
    HTTPStatus.NO_CONTENT: Verdict.STORED,
    HTTPStatus.BAD_REQUEST: Verdict.REFUSED,
    HTTPStatus.REQUEST_TIMEOUT: Verdict.FAILING,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Verdict.TOO_LONG,
    HTTPStatus.UNPROCESSABLE_ENTITY: Verdict.REFUSED,
    HTTPStatus.TOO_MANY_REQUESTS: Verdict.BUSY,
    499: Verdict.FAILING,  # InfluxDB 2.x: the body did not arrive whole
    HTTPStatus.SERVICE_UNAVAILABLE: Verdict.BUSY,
}


def verdict(answer: Answer) -> Verdict:
    """What an answer to a write means."""
    if answer.status in PLAIN:
        return PLAIN[answer.status]
    if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        return Verdict.PARKED if is_about_bucket(answer) else Verdict.ELSEWHERE
    lacks_policy = "retention policy not found" in answer.text  # InfluxDB 1.x says 500
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not lacks_policy:
        return Verdict.FAILING
    return Verdict.PARKED


def is_about_bucket(answer: Answer) -> bool:
    """Whether a 404 comes from InfluxDB, which has no such bucket, or from where there is none."""
    return answer.text.lstrip().startswith("{")


def deserves_repeat(answer: Answer) -> bool:
    """Whether a refused body must be sent once more as it is before anything is concluded.

    Two types of one new field in a batch make InfluxDB 1.x store nothing the first time, and say
    so without "partial write"; the second time it stores the good lines.
    """
    return "field type conflict" in answer.text and "partial write" not in answer.text


def is_too_old(answer: Answer) -> bool:
    """Whether a refusal names points that the retention of the bucket would drop at once."""
    return "outside retention policy" in answer.text or "beyond retention policy" in answer.text


def advice(answer: Answer, bucket: str) -> str:
    """What a person is told about an answer that only a person can change."""
    remedy = "is this the address of an InfluxDB?"
    if answer.status == HTTPStatus.UNAUTHORIZED:
        remedy = "put a valid token or password into its file"
    elif answer.status == HTTPStatus.FORBIDDEN:
        remedy = f"give the token the right to write to bucket {bucket!r}"
    elif answer.status == HTTPStatus.NOT_FOUND and is_about_bucket(answer):
        remedy = f"create bucket {bucket!r} there, or name one that exists"
    elif "retention policy not found" in answer.text:
        remedy = f"create the retention policy of {bucket!r}, or name one that exists"
    return f"answers {answer.status} {excerpt(answer)}; {remedy}"


def excerpt(answer: Answer) -> str:
    """The beginning of what the server said, quoted."""
    return repr(answer.text.strip()[:EXCERPT])


def wait_s(answer: Answer, attempt: int, wall_ns: int) -> float:
    """How long to wait after BUSY: what the server asks for, up to 5 minutes, and a bit at random.

    Args:
        answer: its `Retry-After` is seconds or an HTTP date; a date counts from the server's own
            `Date`, because our clocks need not agree.
        attempt: 1, 2, 3 …; without a usable `Retry-After` the wait doubles from 1 s to 30 s.
        wall_ns: our own clock, used when the server does not tell its time.
    """
    asked_s = asked(answer, wall_ns)
    if asked_s is None:
        asked_s = min(2.0 ** min(attempt - 1, 5), LONGEST_UNASKED_S)
    jitter = random.uniform(1.0, 1.2)  # noqa: S311 - jitter, no secret
    return min(max(asked_s, 0.1) * jitter, LONGEST_WAIT_S)


def asked(answer: Answer, wall_ns: int) -> float | None:
    """The seconds that `Retry-After` asks for; None where it is absent or nonsense."""
    if re.fullmatch("[0-9]+", answer.retry_after):
        return float(answer.retry_after[:9])
    until = moment(answer.retry_after)
    now = moment(answer.date) or datetime.fromtimestamp(wall_ns / 1e9, UTC)
    return None if until is None else (until - now).total_seconds()


def moment(text: str) -> datetime | None:
    """An HTTP date; None where the text is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
