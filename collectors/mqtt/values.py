"""What stands at a place in a message becomes a number, or a reason why not."""

import json
import math

from edge.doubles import EXACT, is_rounded
from edge.model import Deliver
from edge.site import Kind

LONGEST_TEXT = 1_024  # characters of a text value: it is kept for ever as a symbol
SEEN = 40  # characters of foreign text in a reason
WORDS = {"true": 1.0, "false": 0.0, "null": math.nan}


def number_of(found: object, kind: Kind, deliver: Deliver) -> float:
    """The number that stands for a value; NaN for null.

    A state may be a code or a word: what is no number becomes its symbol, as every text does.

    Raises:
        ValueError: what the value is, and what it should be.
    """
    if found is None:
        return math.nan
    if isinstance(found, dict | list):
        name = "an object" if isinstance(found, dict) else "a list"
        raise ValueError(f"is {name}, not a value")  # noqa: TRY004 - the publisher's fault, not ours
    if kind is Kind.TEXT:
        return symbol(found if isinstance(found, str) else json.dumps(found), deliver)
    number = as_number(found)
    if number is None and kind is Kind.STATE:
        return symbol(str(found), deliver)
    if number is None:
        raise ValueError(f"is {shown(str(found))}, not a number")
    return number


def as_number(found: object) -> float | None:
    """The number that a JSON scalar or its text is; NaN for `null`, None for other texts."""
    if isinstance(found, str):
        if found in WORDS:
            return WORDS[found]
        if "_" in found or not found.isascii():
            return None  # Python reads 1_000 as a number; nobody else does
    try:
        number = float(found)  # type: ignore[arg-type]  # what JSON has is a text, int, float or bool here
    except OverflowError:
        raise ValueError("has too many digits") from None
    except ValueError:
        return None
    if not math.isfinite(number):
        raise ValueError(f"is {shown(str(found))}, not a finite number")
    return number


def is_inexact(found: object, number: float) -> bool:
    """Whether a value is a whole number that is not the double that it became.

    What is written with a point or an exponent is no whole number but a double, as JSON has it.

    >>> [is_inexact(one, 2.0**53) for one in (2**53, 2**53 + 1, "9007199254740993", "9.1e15")]
    [False, True, True, False]
    """
    if not abs(number) >= EXACT:  # NaN too, and every symbol
        return False
    if isinstance(found, str):
        digits = found.strip().lstrip("+-0")  # of a double at most 309
        return digits.isdecimal() and is_rounded(int(digits), abs(number))
    return isinstance(found, int) and is_rounded(found, number)


def symbol(text: str, deliver: Deliver) -> float:
    """The number that stands for a text."""
    if not 0 < len(text) <= LONGEST_TEXT:
        raise ValueError(f"has {len(text)} characters, not 1 to {LONGEST_TEXT}")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("holds half of a surrogate pair, which is no text")
    return float(deliver.symbol(text))


def shown(text: str, most: int = SEEN) -> str:
    """Foreign text, quoted and cut."""
    return repr(text if len(text) <= most else text[: most - 1] + "…")
