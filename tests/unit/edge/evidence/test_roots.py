"""Daily roots: one number that covers every sample of a day, and finds a history rewritten."""

import hashlib
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from edge import sealing
from edge.evidence import covering
from edge.evidence.keys import Signer
from edge.evidence.roots import DayRoot, Signatory, heard, make_due, parsed, spoken
from edge.model import SECOND_NS, Batch
from edge.records import roots
from edge.records.database import Records
from edge.stores import Stores
from tests.unit.edge.evidence import desk as desk_module
from tests.unit.edge.evidence.desk import Desk, Document, checked, forged

HOUR_NS = 3_600 * SECOND_NS
DAY_NS = 24 * HOUR_NS
FIRST = 20_000  # days since 1970: 2024-10-04
TIMES = (0, 61, 3_599, 3_600, 50_000)  # seconds of the day
PATHS = ("hanbit/mask/body/good", "hanbit/mask/body/scrap", "hanbit/mask/body/state")


@pytest.fixture
def signatory(tmp_path: Path) -> Iterator[Signatory]:
    """A site without samples."""
    with Stores.open(tmp_path / "data") as stores:
        records = Records.open(stores.data / "records.db")
        yield Signatory("hanbit", stores, records, Signer.of(stores.data / "keys"))


def store(signatory: Signatory, day: int, add: float = 0.0, times: tuple[int, ...] = TIMES) -> None:
    """Bring the samples of a day: of every signal the seconds as values."""
    stores = signatory.stores
    with stores.journal.transaction():
        ids = stores.catalog.ids(dict.fromkeys(PATHS, ("counter", "1", "plc")))
        for path in PATHS:
            at = (FIRST + day) * DAY_NS + np.array(times, np.int64) * SECOND_NS
            number = np.full(len(at), ids[path], np.uint32)
            value = np.array(times, np.float64) + add
            status = np.zeros(len(at), np.uint32)
            stores.journal.append(Batch(number, at, at + 7, value, status))
    sealing.seal(stores)


def due(signatory: Signatory, days: float) -> list[DayRoot]:
    """The roots that are made so many days after the first midnight."""
    return make_due(signatory, int((FIRST + days) * DAY_NS), lambda _: None)


def test_a_root_is_what_paper_says(signatory: Signatory) -> None:
    """Worked out with nothing but SHA-256, from the samples as they were made."""
    store(signatory, 0)
    (root,) = due(signatory, 1.1)

    assert root.tree == by_hand(blocks={path: n for n, path in enumerate(PATHS, 1)})
    assert (root.day, root.signals, root.rows) == ("2024-10-04", 3, 15)
    assert (root.revision, root.former, root.previous) == (1, None, None)
    assert root.journal.block == 3


def by_hand(blocks: dict[str, int]) -> str:
    """The root of the day by the published rules, sample by sample."""
    signals = []
    for path, block in blocks.items():
        hours = []
        for hour in (0, 1, 13):
            mine = [at for at in TIMES if at // 3600 == hour]
            total = hashlib.sha256(b"lineproof samples 1\n%d\n" % len(mine))
            midnight = FIRST * DAY_NS
            for form, column in (
                ("<q", [midnight + at * SECOND_NS for at in mine]),
                ("<q", [midnight + at * SECOND_NS + 7 for at in mine]),
                ("<d", [float(at) for at in mine]),
                ("<I", [0] * len(mine)),
                ("<q", [block] * len(mine)),
            ):
                total.update(b"".join(struct.pack(form, each) for each in column))
            total.update(b"[]")
            hours.append(f'[{FIRST * 24 + hour}, {len(mine)}, "{total.hexdigest()}"]'.encode())
        signals.append(f'["{path}", {len(TIMES)}, "{three(*hours).hex()}"]'.encode())
    return three(*signals).hex()


def three(one: bytes, two: bytes, last: bytes) -> bytes:
    """The root of three leaves (RFC 6962): the first two are paired."""
    leaves = [hashlib.sha256(b"\0" + each).digest() for each in (one, two, last)]
    pair = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest()
    return hashlib.sha256(b"\1" + pair + leaves[2]).digest()


def test_a_day_is_signed_once_it_is_over(signatory: Signatory) -> None:
    """An hour after its end; once, whoever asks; and each names the one before."""
    store(signatory, 0)
    store(signatory, 1)

    assert due(signatory, 1.04) == []
    (first,) = due(signatory, 1.05)
    (second,) = due(signatory, 2.05)
    assert due(signatory, 2.5) == []
    assert second.previous == first.sha256
    assert second.former is None


def test_late_samples_make_a_further_root_of_their_day(signatory: Signatory) -> None:
    """Nothing is taken back: it names the former, and follows on the newest."""
    store(signatory, 0)
    store(signatory, 1)
    first, second = due(signatory, 2.1)
    store(signatory, 0, times=(70_000,))
    (late,) = due(signatory, 2.2)

    assert (late.day, late.revision) == (first.day, 2)
    assert (late.former, late.previous) == (first.sha256, second.sha256)
    assert late.rows == first.rows + 3


def test_samples_that_come_weeks_late_make_a_root_of_each_of_their_days(
    signatory: Signatory,
) -> None:
    """A logger that is emptied once a month: they lie in one file, by the hour in which they came.

    As do those of devices whose clocks are wrong, each by other years.
    """
    for day in range(5):
        store(signatory, day)
    assert len(due(signatory, 6.0)) == 5
    stores, came_ns = signatory.stores, (FIRST + 40) * DAY_NS
    with stores.journal.transaction():
        ids = stores.catalog.ids(dict.fromkeys(PATHS, ("counter", "1", "plc")))
        at = np.array([day * DAY_NS + HOUR_NS for day in (0, FIRST, FIRST + 2, FIRST + 4)])
        for path in PATHS:
            number, ones = np.full(len(at), ids[path], np.uint32), np.ones(len(at))
            late = Batch(number, at, np.full(len(at), came_ns), ones, np.zeros(len(at), np.uint32))
            stores.journal.append(late)
    sealing.seal(stores)
    found = due(signatory, 42.0)
    assert [(root.day, root.revision, root.rows) for root in found] == [
        ("1970-01-01", 1, 3),
        ("2024-10-04", 2, 18),
        ("2024-10-06", 2, 18),
        ("2024-10-08", 2, 18),
    ]
    assert due(signatory, 43.0) == []


def test_files_that_change_without_their_rows_make_no_root(
    signatory: Signatory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merge moves rows into another file; the day stays what it was."""
    store(signatory, 0)
    due(signatory, 1.1)
    (kept,) = roots.kept(signatory.records)
    roots.look(signatory.records, kept.n, "the files of before")

    assert due(signatory, 1.2) == []
    assert roots.kept(signatory.records) == [kept]
    monkeypatch.setattr("edge.evidence.roots.leaves_of", lambda *_: [])
    assert due(signatory, 1.3) == [], "what was looked at is not computed again"


def test_one_changed_sample_changes_the_root(tmp_path: Path) -> None:
    """Of any signal, at any time of the day."""
    found = set[str]()
    for add in (0.0, 1e-9):
        with Stores.open(tmp_path / str(add)) as stores:
            records = Records.open(stores.data / "records.db")
            other = Signatory("hanbit", stores, records, Signer.of(tmp_path / "keys"))
            store(other, 0, add)
            found |= {root.tree for root in due(other, 1.1)}

    assert len(found) == 2


def test_a_damaged_day_is_not_signed(signatory: Signatory) -> None:
    """What is left of it must not pass for all of it."""
    store(signatory, 0)
    part = signatory.stores.archive.manifest.live()[0]
    (signatory.stores.data / "archive" / part.path).write_bytes(b"")

    assert due(signatory, 1.1) == []


def test_a_root_is_kept_in_any_form(signatory: Signatory) -> None:
    """As a number, as the line that its picture carries, and as the document."""
    store(signatory, 0)
    (root,) = due(signatory, 1.1)

    assert heard(root.sha256.upper()) == root.sha256
    assert heard(spoken(root)) == root.sha256
    assert heard(root.text().decode()) == root.sha256
    assert parsed(root.text()) == root


# ── in a package ──────────────────────────────────────────────────────────────────────────────────


def test_a_kept_root_vouches_for_a_package(
    made: tuple[Path, Document], files: dict[str, bytes]
) -> None:
    """Whoever kept the root of any day finds it in the package, and all samples in their days."""
    told = json.loads(files[covering.FILE])
    kept = [parsed_root(each).sha256 for each in told["roots"]]
    found = checked(made[0], roots=(kept[3],), recompute=True)
    said = {check["code"]: check for check in found["checks"]}

    assert found["faults"] == []
    assert said["covered"]["passed"]
    assert said["kept_root"]["passed"]
    assert f"is the root of {told['roots'][3]['root']['day']}" in said["kept_root"]["detail"]
    assert len({proof["signal"] for proof in told["proofs"]}) == 4


def parsed_root(signed: Document) -> DayRoot:
    """The root of an entry."""
    return DayRoot.model_validate(signed["root"])


def test_a_root_that_was_kept_finds_a_rewritten_history(
    made: tuple[Path, Document], files: dict[str, bytes], tmp_path: Path
) -> None:
    """The owner of the key may sign another past, but cannot make it the one that was kept."""
    signer = Signer.of(tmp_path / "owner")
    told = json.loads(files[covering.FILE])
    kept = parsed_root(told["roots"][0]).sha256
    for each in told["roots"]:
        each["root"]["rows"] += 1
    files[covering.FILE] = json.dumps(told).encode()
    path = forged(files, signer, tmp_path / "rewritten.zip")

    assert checked(path, recompute=False)["verified"], "nothing in it could tell"
    found = checked(path, roots=(kept,), recompute=False)["faults"]
    assert f"kept root {kept} is neither" in found[0]
    assert checked(made[0], roots=(kept,), recompute=False)["verified"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told["roots"].pop(2), "does not follow on"),
        (lambda told: told["roots"][1].update(signature="0" * 128), "signature of the root"),
        (lambda told: told["roots"][1]["root"].update(site="daehan"), "is of site 'daehan'"),
        (lambda told: told["roots"][1]["root"].update(key="0" * 32), "unknown key"),
        (lambda told: told["proofs"].pop(0), "has no proof for"),
        (lambda told: told["proofs"][0]["path"].pop(), "are not in the root of"),
        (lambda told: told["proofs"][0].update(place=7), "are not in the root of"),
        (lambda told: told["proofs"][0].update(path=["zz"]), "are not in the root of"),
        (lambda told: told.update(roots=[{}]), "roots.json: roots.0.root"),
        (lambda told: told.update(format="other/1"), "roots.json: format"),
    ],
    ids=(
        *("gap", "signature", "site", "key", "no-proof"),
        *("short", "place", "digits", "form", "format"),
    ),
)
def test_what_is_wrong_with_the_roots_is_said(
    files: dict[str, bytes],
    tmp_path: Path,
    desk: Desk,
    change: Callable[[Document], object],
    said: str,
) -> None:
    """Each by its day or its place; the package around it is made right by the owner."""
    told = json.loads(files[covering.FILE])
    change(told)
    files[covering.FILE] = json.dumps(told).encode()
    signer = Signer.of(desk.folder / "keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk_module, "signed_anew", lambda raw, _: raw)
        path = forged(files, signer, tmp_path / "forged.zip")
    found = checked(path)

    assert any(said in fault for fault in found["faults"]), found["faults"]
