"""Texts that a spreadsheet would take for formulas, and the apostrophe that keeps them texts.

What always holds: of any text, what `guarded` gives is a text to a spreadsheet, and `unguarded`
gives it back to the letter.
"""

import re

BLANKS = "\x1c-\x1f \x85\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
BEGINS = "=+@\t\n\v\f\r\uff1d\uff0b\uff0d\uff20-"  # the wide ones are typed in Korean and Japanese
PATTERN = f"^['{BLANKS}]*[{BEGINS}]"
"""Reads alike in Python's `re` and in DuckDB's, whose own `\\s` knows fewer blanks."""
FORMULA = re.compile(PATTERN)


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> guarded("=1+1"), guarded(" -1"), guarded("'=1"), guarded("'tis"), guarded("KF94")
    ("'=1+1", "' -1", "''=1", "'tis", 'KF94')
    """
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """A text without the apostrophe by which an export keeps it from being a formula.

    >>> unguarded("'=1+1"), unguarded("''=1"), unguarded("'tis")
    ('=1+1', "'=1", "'tis")
    """
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text
