"""Whatever stands in the file: a site, or faults by line and column; never a crash."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.config.checks import OURS
from edge.config.loader import FILE, load
from edge.errors import ConfigInvalid
from tests.unit.edge.test_config import GOOD, KINDS, loaded

PLACE = re.compile(rf"{FILE}:[1-9]\d*:[1-9]\d*")
TOKENS = re.findall(r"[\w.:/;=%\"'-]+|[\[\]{},\n]| +", GOOD)
NASTY = [
    *("null", "[]", "{}", "''", "-1", "1e999", ".nan", "2026-13-45", "2026-01-01", "true", "0x1F"),
    *(
        "!!python/object:os.system",
        "!foo bar",
        "&a",
        "*a",
        "<<:",
        "? ",
        ": ",
        "- ",
        "|\n",
        "%",
        "@",
    ),
    *(
        "\t",
        "\x07",
        "\ufeff",
        "\u2028",
        "😀",
        "한글",
        '"',
        "'",
        "#",
        "[[[",
        "9" * 400,
        "{a: b}",
    ),
]
EDIT = st.tuples(
    st.integers(0, len(TOKENS) - 1), st.sampled_from(["put", "drop", "add"]), st.sampled_from(NASTY)
)


def edited(edits: list[tuple[int, str, str]]) -> str:
    """The good file with some of its words replaced, dropped, or one more put before them."""
    words = list(TOKENS)
    for at, how, word in edits:
        words[at] = {"put": word, "drop": "", "add": word + words[at]}[how]
    return "".join(words)


def faults(folder: Path, text: str) -> list[str]:
    """What is wrong with a file; empty where nothing is."""
    try:
        loaded(folder, text)
    except ConfigInvalid as error:
        return [str(fault) for fault in error.faults] or ["no fault in an error"]
    return []


@settings(max_examples=150)
@given(st.lists(EDIT, min_size=1, max_size=3))
def test_no_edit_is_a_crash(edits: list[tuple[int, str, str]]) -> None:
    """Each fault has a place and something to say."""
    with TemporaryDirectory() as folder:
        for fault in faults(Path(folder), edited(edits)):
            place, _, said = fault.partition(" ")
            assert PLACE.fullmatch(place)
            assert len(said) > 10


@settings(max_examples=60)
@given(st.text(max_size=60))
@example("a: \x00")
@example("a: 2026-13-45")
@example("{" * 1100)
@example("a: 1\n---\nb: 2")
@example("a: &x [*x]")
def test_no_text_is_a_crash(text: str) -> None:
    """Whatever it is, it is not a site."""
    with TemporaryDirectory() as folder:
        assert faults(Path(folder), text)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    """As a file saved by an older editor in CP949."""
    (tmp_path / FILE).write_bytes("site: {name: 한빛}".encode("cp949"))
    with pytest.raises(ConfigInvalid, match="byte 13 is not UTF-8; save the file as UTF-8"):
        load(tmp_path, KINDS)


def test_the_file_itself_is_no_folder(tmp_path: Path) -> None:
    """A slip that many make once: `--config lineproof.yaml`."""
    (tmp_path / FILE).write_text(GOOD, encoding="utf-8")
    with pytest.raises(
        ConfigInvalid, match=r"--config names the folder that holds lineproof\.yaml"
    ):
        load(tmp_path / FILE, KINDS)


@pytest.mark.parametrize("name", [*OURS, "Plc1", "plc 1", "", 'a"b', "-a", "a\\nb", "플씨"])
def test_an_id_that_is_ours_or_none_is_refused(tmp_path: Path, name: str) -> None:
    """It stands in accounts, findings and metrics, beside those of our own rooms."""
    text = GOOD.replace("id: plc1", f"id: '{name}'").replace("source: plc1", f"source: '{name}'")
    said = faults(tmp_path, text)
    assert said[0].startswith(f"{FILE}:3:10 sources[0].id: is '{name}'")


def test_a_source_and_a_sink_have_two_names(tmp_path: Path) -> None:
    """Both have a state and an account under it."""
    sink = "sinks: [{id: plc1, kind: influxdb, url: 'http://127.0.0.1:8086'}]\nlines:"
    said = faults(tmp_path, GOOD.replace("lines:", sink))
    assert said == [f"{FILE}:4:14 sinks[0].id: is 'plc1', which is a source; rename one"]


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ("127.0.0.1:8000", "127.0.0.1", 8000),
        ("[::1]:80", "::1", 80),
        ("localhost:1", "localhost", 1),
    ],
)
def test_the_address_of_the_pages_is_split(
    tmp_path: Path, listen: str, host: str, port: int
) -> None:
    """Version 6 stands in brackets, as in a URL."""
    found = loaded(tmp_path, GOOD + f'api: {{listen: "{listen}"}}\n')
    assert (found.host, found.port) == (host, port)


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("127.0.0.1:70000", "is '127.0.0.1:70000'; write a port from 1 to 65535"),
        ("127.0.0.1:0", "is '127.0.0.1:0'; write a port from 1 to 65535"),
        ("::1:8000", "is '::1:8000'; write address:port such as"),
        ("8000", "is '8000'; write address:port such as"),
        (":8000", "is ':8000'; write address:port such as"),
        ("http://127.0.0.1:8000", "is 'http://127.0.0.1:8000'; write address:port such as"),
    ],
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, listen: str, said: str) -> None:
    """Before the service starts, at its place."""
    text = GOOD + f'api: {{listen: "{listen}"}}\n'
    found = faults(tmp_path, text)
    line = text.count("\n")
    assert found[0].startswith(f"{FILE}:{line}:15 api.listen: {said}")


def test_a_fault_of_a_merged_key_stands_where_it_is_merged(tmp_path: Path) -> None:
    """Anchors save typing; the wrong key has no line of its own there."""
    good = 'good: &count {source: plc1, nodo: "s=Good", kind: counter, unit: "{piece}"}'
    text = re.sub("good: {.*}", good, GOOD)
    text = re.sub("running: {.*}", 'scrap: {<<: *count, node: "s=Scrap"}', text)
    said = faults(tmp_path, text)
    assert [fault.partition(" ")[0] for fault in said if "'nodo'" in fault] == [
        f"{FILE}:12:39",
        f"{FILE}:16:18",
    ]
    assert all("did you mean 'node'?" in fault for fault in said if "'nodo'" in fault)
