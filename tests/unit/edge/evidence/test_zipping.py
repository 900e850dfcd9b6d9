"""The one form of a package: what is written is read, and nothing else is."""

import random
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.errors import Refused, VerificationFailed
from edge.evidence import zipping
from edge.evidence.zipping import Package

NAMES = st.from_regex(r"[a-z][a-z0-9._-]{0,8}(/[a-z][a-z0-9._-]{0,8})?", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=200), max_size=6)
IN_ONE_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
MUTATIONS = 10_000


def written(files: Mapping[str, zipping.Content], folder: Path) -> Path:
    """A package of these files."""
    path = folder / "package.zip"
    zipping.write(files, path)
    return path


@IN_ONE_FOLDER
@given(FILES)
def test_what_is_written_is_read(tmp_path: Path, files: dict[str, bytes]) -> None:
    """By us, and byte for byte by the ZIP reader that everybody has."""
    path = written(files, tmp_path)

    with Package.open(path) as package:
        assert {name: package[name] for name in package.entries} == files
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert archive.namelist() == sorted(files)


@IN_ONE_FOLDER
@given(FILES)
def test_the_bytes_follow_from_the_contents_alone(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Neither the order in which files come nor where they lie matters."""
    first = written(files, tmp_path).read_bytes()
    (tmp_path / "content").write_bytes(b"x" * 3)
    again = written(dict(reversed(files.items())), tmp_path).read_bytes()

    assert again == first
    assert written({**files, "zz": tmp_path / "content"}, tmp_path).read_bytes() == (
        written({**files, "zz": b"xxx"}, tmp_path).read_bytes()
    )


@pytest.mark.parametrize(
    "name", ["../up", "/root", "a//b", "", "a b", "가", ".hidden", "a/", "a\\b"]
)
def test_a_name_that_could_mean_something_else_is_not_written(tmp_path: Path, name: str) -> None:
    """Unpacked anywhere, a file lands in the folder of the package."""
    with pytest.raises(Refused, match=re.escape(f"'{name}'")):
        written({name: b""}, tmp_path)


def test_a_package_of_another_writer_is_refused(tmp_path: Path) -> None:
    """The same files in another ZIP form could hide bytes that nobody vouched for."""
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"content")

    with pytest.raises(VerificationFailed, match="header"):
        Package.open(path)


@pytest.mark.slow
def test_every_one_of_ten_thousand_changes_is_found(tmp_path: Path) -> None:
    """One byte flipped, put in, taken out, moved; files swapped, renamed, cut, repeated, added."""
    chance = random.Random(1)
    files = {f"d/f{i}.bin": chance.randbytes(chance.randrange(300)) for i in range(8)}
    whole = written(files, tmp_path).read_bytes()
    path, unseen = tmp_path / "changed.zip", []
    for nth in range(MUTATIONS):
        changed = CHANGES[nth % len(CHANGES)](chance, whole)
        path.write_bytes(changed)
        if changed != whole and is_accepted(path):
            unseen.append(nth)
    assert unseen == []


def is_accepted(path: Path) -> bool:
    """Whether a package opens."""
    try:
        Package.open(path).close()
    except VerificationFailed:
        return False
    return True


def flipped(chance: random.Random, whole: bytes) -> bytes:
    """One bit of one byte the other way."""
    at = chance.randrange(len(whole))
    return whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]


def put_in(chance: random.Random, whole: bytes) -> bytes:
    """Some bytes more, at the end as often as elsewhere."""
    at = chance.choice([len(whole), chance.randrange(len(whole) + 1)])
    return whole[:at] + chance.randbytes(chance.randrange(1, 30)) + whole[at:]


def taken_out(chance: random.Random, whole: bytes) -> bytes:
    """Some bytes less."""
    at = chance.randrange(len(whole))
    return whole[:at] + whole[at + chance.randrange(1, 30) :]


def cut(chance: random.Random, whole: bytes) -> bytes:
    """The beginning, or the end."""
    at = chance.randrange(1, len(whole))
    return whole[:at] if chance.random() < 0.5 else whole[at:]


def moved(chance: random.Random, whole: bytes) -> bytes:
    """Two stretches in each other's place."""
    a, b, c = sorted(chance.sample(range(len(whole) + 1), 3))
    return whole[:a] + whole[b:c] + whole[a:b] + whole[c:]


def repeated(chance: random.Random, whole: bytes) -> bytes:
    """A file twice: a reader of the directory would see the second, one of the files the first."""
    ends = [found.start() for found in re.finditer(re.escape(b"PK\3\4"), whole)] + [
        whole.index(b"PK\1\2")
    ]
    nth = chance.randrange(len(ends) - 1)
    return whole[: ends[nth + 1]] + whole[ends[nth] :]


def renamed(chance: random.Random, whole: bytes) -> bytes:
    """A name changed at one of its two places; where it is at both, the manifest tells."""
    name = b"f%d.bin" % chance.randrange(8)
    return whole.replace(name, chance.choice([b"g", b"F", b"e"]) + name[1:], 1)


CHANGES = (flipped, flipped, put_in, taken_out, cut, moved, repeated, renamed)
