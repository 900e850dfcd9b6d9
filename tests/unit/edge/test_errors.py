"""What the system says is passed on in its words, not in Python's."""

import asyncio
import os

import pytest

from edge.errors import reason

REFUSED = "Connect call failed ('127.0.0.1', 4840)"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(111, REFUSED), "Connection refused"),
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (FileNotFoundError(2, "No such file or directory", "x"), "No such file or directory"),
        (
            OSError(f"Multiple exceptions: [Errno 111] {REFUSED}, [Errno 111] {REFUSED}"),
            "Connection refused",
        ),
        (OSError(-2, "Name or service not known"), "Name or service not known"),
        (ConnectionError("the server refuses the channel"), "the server refuses the channel"),
        (OSError(), "OSError"),
    ],
)
def test_no_number_no_brackets_no_python(error: OSError, said: str) -> None:
    """Whatever library has wrapped it."""
    assert reason(error) == said


async def test_a_refused_connection_of_asyncio_is_in_plain_words() -> None:
    """As the event loop really raises it."""
    with pytest.raises(OSError, match="Connect call failed") as caught:
        await asyncio.open_connection("127.0.0.1", 1)
    assert reason(caught.value) == os.strerror(111)
