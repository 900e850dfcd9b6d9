"""Documents that are signed: JSON in one form only, so that each has one text and one hash."""

import hashlib
import json
from typing import Any, Self

from pydantic import BaseModel, ValidationError

from edge.errors import VerificationFailed


class Canonical(BaseModel, frozen=True, extra="forbid"):
    """A document of one form."""

    def text(self) -> bytes:
        """The one form in which it is written and signed."""
        return canonical(self.model_dump())

    @property
    def sha256(self) -> str:
        """The hash of that: its name for people, and for the document after it."""
        return hashlib.sha256(self.text()).hexdigest()

    @classmethod
    def parsed(cls, raw: bytes, name: str) -> Self:
        """The document that a text is.

        Args:
            raw: the text.
            name: what it is called where it is none.

        Raises:
            VerificationFailed: it is none, or not in its one form.
        """
        try:
            found = cls.model_validate_json(raw)
        except ValidationError as error:
            raise VerificationFailed(f"{name}: {first_fault(error)}") from error
        if found.text() != raw:
            raise VerificationFailed(f"{name} is not in the form that lineproof writes")
        return found


def canonical(document: dict[str, Any]) -> bytes:
    """JSON in one form only."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return text.encode() + b"\n"


def first_fault(error: ValidationError) -> str:
    """Where a document is not of its form, and how it should be."""
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"])) or "the document"
    return f"{place}: {first['msg']}"
