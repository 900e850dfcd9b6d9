"""Whom a broker over TLS has to be, and who we are to it."""

import ssl
from pathlib import Path

import pytest

from collectors.mqtt.credentials import password, tls
from collectors.mqtt.settings import Config
from edge.errors import Misconfigured


def config(scheme: str, **more: object) -> Config:
    """A broker at this machine."""
    return Config.model_validate({"url": f"{scheme}://localhost", "client_id": "gw", **more})


def test_a_broker_is_asked_for_its_name_its_issuer_and_tls_of_today() -> None:
    """TLS 1.0 and 1.1 are broken (RFC 8996), whatever the system's library still takes."""
    context = tls(config("mqtts"))
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_plain_link_has_none() -> None:
    """What is not asked for is not pretended."""
    assert tls(config("mqtt")) is None


def test_a_password_is_the_line_in_its_file(tmp_path: Path) -> None:
    """Blanks are part of it; what editors add is not."""
    (tmp_path / "one").write_bytes(" 비밀 \r\n".encode())
    given = config("mqtt", user="gw", password_file=tmp_path / "one")
    assert password(given) == " 비밀 ".encode()
    assert password(config("mqtt")) is None


def test_a_password_that_cannot_be_read_stops_the_source(tmp_path: Path) -> None:
    """In words that name the key and what to do."""
    absent = config("mqtt", user="gw", password_file=tmp_path / "none")
    with pytest.raises(Misconfigured, match=r"password_file: .*No such file.*; write the password"):
        password(absent)
