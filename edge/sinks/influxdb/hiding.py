"""Secrets taken out of what a server says: some answer with the request that they refuse."""

import base64
import binascii
from collections.abc import Mapping

INSTEAD = "***"
SHORTEST = 6  # of a password that is looked for alone: a shorter one is part of other words


def hidden(text: str, headers: Mapping[str, str]) -> str:
    """A text without the secret that stood in the headers of a request.

    >>> hidden("no right for Token abc", {"Authorization": "Token abc"})
    'no right for Token ***'
    >>> hidden("gw:geheim is wrong", {"Authorization": "Basic Z3c6Z2VoZWlt"})
    '*** is wrong'
    """
    for word in sorted(secrets_in(headers), key=len, reverse=True):
        text = text.replace(word, INSTEAD)
    return text


def secrets_in(headers: Mapping[str, str]) -> set[str]:
    """The secret of a request as it was sent, and as it can be read out of that."""
    kind, _, sent = headers.get("Authorization", "").partition(" ")
    plain = sent
    if kind == "Basic":
        try:
            plain = base64.b64decode(sent, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            plain = sent
    password = plain.partition(":")[2]
    alone = {password} if len(password) >= SHORTEST else set[str]()
    return {word for word in (sent, plain) if word} | alone
