"""The key that signs: one for a site, readable by us alone, and never taken for another."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from edge.errors import Misconfigured, VerificationFailed
from edge.evidence.keys import PublicKey, Signer


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
