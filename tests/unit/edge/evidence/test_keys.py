"""The key that signs: one for a site, readable by us alone, and never taken for another."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copy2

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from edge.errors import Misconfigured, VerificationFailed
from edge.evidence import rotation
from edge.evidence.keys import PublicKey, Signer
from tests.unit.edge.evidence.desk import Desk, checked


def test_a_key_is_made_once_and_read_by_us_alone(tmp_path: Path) -> None:
    """The second start finds the first one's key; group and others may not read it."""
    first, second = Signer.of(tmp_path / "keys"), Signer.of(tmp_path / "keys")

    assert first.public == second.public
    assert stat.S_IMODE((tmp_path / "keys" / "evidence").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["evidence"]


def test_several_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    """Service and command may both be the first; neither overwrites the other's key."""
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: Signer.of(tmp_path).public.id, range(8)))

    assert len(set(found)) == 1


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """What others may have copied proves nothing."""
    Signer.of(tmp_path)
    (tmp_path / "evidence").chmod(0o640)

    with pytest.raises(Misconfigured, match="chmod 600"):
        Signer.of(tmp_path)


def test_a_damaged_key_is_not_replaced(tmp_path: Path) -> None:
    """A new key in place of the old one would look like somebody else's."""
    (tmp_path / "evidence").touch(0o600)
    (tmp_path / "evidence").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n")

    with pytest.raises(Misconfigured, match="no private key"):
        Signer.of(tmp_path)


def test_a_signature_is_of_this_key_and_this_content_alone(tmp_path: Path) -> None:
    """The library's own check agrees, and one other bit or key is refused."""
    signer, other = Signer.of(tmp_path / "a"), Signer.of(tmp_path / "b")
    signature = signer.sign(b"content")
    library = load_pem_public_key(signer.public.pem)

    assert isinstance(library, Ed25519PublicKey)
    library.verify(signature, b"content")
    assert signer.public.check(signature, b"content")
    assert not signer.public.check(signature, b"Content")
    assert not signer.public.check(bytes([signature[0] ^ 1]) + signature[1:], b"content")
    assert not other.public.check(signature, b"content")
    assert signer.public.id != other.public.id


@pytest.mark.parametrize("change", [b"", b"\n", b" "])
def test_a_public_key_has_one_form(tmp_path: Path, change: bytes) -> None:
    """Two texts of one key would be two bytes that mean the same in a package."""
    pem = Signer.of(tmp_path).public.pem
    text = pem + change if change else b"no key"

    with pytest.raises(VerificationFailed, match=r"key\.pem"):
        _ = PublicKey(text).id


# ── a change of keys ──────────────────────────────────────────────────────────────────────────────

AT = "2026-11-20T09:00:00+09:00"


def test_a_new_key_is_vouched_for_by_the_old_one(tmp_path: Path) -> None:
    """Both sign the change, so that who noted the first key can follow to the third."""
    first = Signer.of(tmp_path).public
    for at in (AT, "2026-11-21T09:00:00+09:00"):
        rotation.rotate(tmp_path, "hanbit", at)
    steps = rotation.followed((tmp_path / rotation.FILE).read_bytes())

    assert [step.at for step in steps] == [AT, "2026-11-21T09:00:00+09:00"]
    assert steps[0].old == first
    assert steps[0].new == steps[1].old
    assert steps[1].new == Signer.of(tmp_path).public
    assert stat.S_IMODE((tmp_path / "evidence").stat().st_mode) == 0o600
    assert not (tmp_path / rotation.NEXT).exists(), "the private half of the old key is gone"


def test_a_change_that_a_crash_cut_short_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before both signed it, it never was; after that, the next change begins with the new key."""
    first = Signer.of(tmp_path).public
    with monkeypatch.context() as patch:
        patch.setattr(rotation, "put", crash)
        with pytest.raises(OSError, match="cut"):
            rotation.rotate(tmp_path, "hanbit", AT)
    assert Signer.of(tmp_path).public == first
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", renamed_but(rotation.NEXT))
        with pytest.raises(OSError, match="cut"):
            rotation.rotate(tmp_path, "hanbit", AT)
    rotation.rotate(tmp_path, "hanbit", AT)
    steps = rotation.followed((tmp_path / rotation.FILE).read_bytes())

    assert len(steps) == 2
    assert steps[0].old == first
    assert steps[1].new == Signer.of(tmp_path).public


def crash(*_: object) -> None:
    """The power goes."""
    raise OSError("cut")


def renamed_but(name: str) -> Callable[[Path, Path], Path]:
    """Renaming that works but for one file."""
    rename = Path.replace

    def renamed(path: Path, to: Path) -> Path:
        if path.name == name:
            crash()
        return rename(path, to)

    return renamed


@pytest.mark.parametrize("name", ["by_old", "by_new", "at"])
def test_a_change_that_one_did_not_sign_is_refused(tmp_path: Path, name: str) -> None:
    """A thief of the new key cannot say that the old one handed over."""
    Signer.of(tmp_path)
    done = rotation.rotate(tmp_path, "hanbit", AT)
    wrong = done.model_copy(update={name: "0" * 128})
    if name == "at":
        wrong = done.model_copy(update={"change": done.change.model_copy(update={"at": "2027"})})

    with pytest.raises(VerificationFailed, match="not signed by both"):
        rotation.followed(rotation.written([wrong]))


def test_a_package_of_the_new_key_is_known_by_the_old_one(desk: Desk, tmp_path: Path) -> None:
    """The mentor noted the first key, the box signs with the second."""
    keys = tmp_path / "keys"
    keys.mkdir()
    noted = Signer.of(desk.folder / "keys").public.id
    copy2(desk.folder / "keys" / "evidence", keys)
    other = Signer.of(tmp_path / "other").public.id
    rotation.rotate(keys, "hanbit", AT)
    own = Desk.copied(desk, tmp_path / "site")  # what is signed anew stays signed anew
    told = own.make(tmp_path / "new.zip", key=keys, changes=rotation.changes_in(keys))
    own.stores.close()
    found = checked(tmp_path / "new.zip", key=noted, recompute=False)
    said = {check["code"]: check["detail"] for check in found["checks"]}

    assert found["faults"] == []
    assert f"{told['key']} signs now" in said["key"]
    assert "re-signed" in checked(tmp_path / "new.zip", key=other, recompute=False)["faults"][0]
