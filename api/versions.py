"""The version of what somebody edits, as the page that he saw gave it."""

import re
from typing import Annotated

from fastapi import Depends, Header, HTTPException

VERSION = re.compile(r'"?(\d{1,9})"?', re.ASCII)
UNSEEN = "If-Match is missing; send the version that was shown"


async def version(if_match: Annotated[str | None, Header(max_length=20)] = None) -> int:
    """The number in If-Match."""
    shown = VERSION.fullmatch(if_match or "")
    if shown is None:
        raise HTTPException(428, UNSEEN)
    return int(shown[1])


VersionDep = Annotated[int, Depends(version)]
