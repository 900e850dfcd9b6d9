"""What a source of kind opcua may say, how far it has come, and whom it believes."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from asyncua import ua
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.opcua.access import chosen
from collectors.opcua.certificates import Ends, Trust, own_identity, self_signed
from collectors.opcua.items import Item, wish
from collectors.opcua.mark import NUMBERS, Mark, after, ahead
from collectors.opcua.nodes import node_id
from collectors.opcua.settings import Config, Point, Security
from edge.errors import Misconfigured, Unavailable

TODAY = datetime(2026, 11, 20, 8, tzinfo=UTC)
NUMBER = st.integers(1, NUMBERS)
POLICIES = "http://opcfoundation.org/UA/SecurityPolicy#"


class At:
    """A clock that stands."""

    def __init__(self, moment: datetime, *, trusted: bool = True) -> None:
        self._ns = int(moment.timestamp()) * 1_000_000_000
        self._trusted = trusted

    def wall_ns(self) -> int:
        return self._ns

    def monotonic_ns(self) -> int:
        return self._ns

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)

    def trusted(self) -> bool:
        return self._trusted


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"policy": "None"}, "write the reason as exception"),
        ({"user": "gateway"}, "write user and password_file"),
        ({"policy": "Basic256"}, "Input should be 'None', 'Basic256Sha256'"),
        ({"polcy": "None"}, "Extra inputs are not permitted"),
    ],
)
def test_security_says_what_is_missing(values: dict[str, str], message: str) -> None:
    """An open channel needs a reason, a user a password, a misspelt key is an error."""
    with pytest.raises(ValidationError, match=message):
        Security.model_validate(values)


def test_security_is_on_unless_said_otherwise() -> None:
    """Whoever writes nothing gets an encrypted channel."""
    security = Config(url="opc.tcp://192.0.2.10:4840").security
    assert (security.policy, security.mode) == ("Basic256Sha256", "SignAndEncrypt")


@pytest.mark.parametrize(
    "url", ["opc.tcp://plc", "http://plc:4840", "opc.tcp://user:secret@plc:4840", "plc:4840"]
)
def test_an_address_has_a_port_and_no_password(url: str) -> None:
    """Secrets are files; a missing port is nobody's guess."""
    with pytest.raises(ValidationError, match="url"):
        Config(url=url)


@pytest.mark.parametrize(
    "text", ["Body.Good", "ns=2;i=Good", "ns=x;s=Good", "nsu=urn:mask", "g=12", "b=%%"]
)
def test_a_malformed_node_is_refused(text: str) -> None:
    """One wrong address is named when the configuration is read, not when a shift is over."""
    with pytest.raises(ValidationError, match="node"):
        Point(node=text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nsu=urn:mask;s=Body;Good=1", "ns=2;s=Body;Good=1"),
        ("nsu=urn:a%3Bb;i=7", "ns=3;i=7"),
        ("ns=4;s=x", "ns=4;s=x"),
        ("i=2258", "i=2258"),
        (
            "ns=1;g=12345678-1234-1234-1234-123456789abc",
            "ns=1;g=12345678-1234-1234-1234-123456789abc",
        ),
        ("nsu=urn:nowhere;s=x", None),
    ],
)
def test_a_node_is_found_by_the_uri_of_its_namespace(text: str, expected: str | None) -> None:
    """The index is looked up; a URI that the server lacks gives nothing at all."""
    namespaces = ["http://opcfoundation.org/UA/", "urn:other", "urn:mask", "urn:a;b"]
    found = node_id(Point(node=text).node, namespaces)
    assert (found.to_string() if found is not None else None) == expected


@given(NUMBER, st.integers(0, 1000))
def test_sequence_numbers_go_round(start: int, steps: int) -> None:
    """After 2^32-1 comes 1, and the distance is what was walked, both ways."""
    number = start
    for _ in range(steps):
        number = after(number)
        assert 1 <= number <= NUMBERS
    assert ahead(number, start) == steps
    assert ahead(start, number) == -steps


@given(
    st.builds(
        Mark,
        NUMBER,
        NUMBER,
        st.integers(0, 2**62),
        st.binary(min_size=8, max_size=8),
        st.binary(min_size=8, max_size=8),
        st.integers(0, 2**62),
    )
)
def test_a_mark_survives_in_its_key(mark: Mark) -> None:
    """What an earlier process committed is read back whole."""
    assert Mark.unpack(mark.pack()) == mark


def test_no_key_is_no_mark() -> None:
    """At the first start nothing was committed."""
    assert Mark.unpack(b"") is None


def test_our_identity_is_made_once(tmp_path: Path) -> None:
    """Key and certificate stay what servers have accepted; the certificate names our URI."""
    first = own_identity(tmp_path, At(TODAY))
    assert own_identity(tmp_path, At(TODAY + timedelta(days=400))) == first
    assert (tmp_path / "own.key").stat().st_mode & 0o777 == 0o600
    certificate = x509.load_der_x509_certificate(first.certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [first.uri]
    assert certificate.not_valid_before_utc < TODAY < certificate.not_valid_after_utc


def test_a_box_without_a_clock_makes_a_certificate_for_today(tmp_path: Path) -> None:
    """Made at the first boot, in 1970 by the box's clock, it is valid once the time is known."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    identity = own_identity(tmp_path, At(epoch, trusted=False))
    certificate = x509.load_der_x509_certificate(identity.certificate)
    assert certificate.not_valid_before_utc < TODAY < certificate.not_valid_after_utc


def test_a_lost_certificate_is_made_again_for_the_same_key(tmp_path: Path) -> None:
    """The key is the identity; a certificate of another key is told."""
    first = own_identity(tmp_path, At(TODAY))
    (tmp_path / "own.der").unlink()
    assert own_identity(tmp_path, At(TODAY)).key == first.key
    (tmp_path / "own.key").write_bytes(pem(new_key()))
    with pytest.raises(Misconfigured, match=r"own\.der: the certificate belongs to another key"):
        own_identity(tmp_path, At(TODAY))
    (tmp_path / "own.der").write_bytes(b"coffee")
    with pytest.raises(Misconfigured, match=r"own\.der: not a certificate"):
        own_identity(tmp_path, At(TODAY))


def test_a_server_is_believed_once_a_person_moved_its_certificate(tmp_path: Path) -> None:
    """Until then it waits under its fingerprint; afterwards URI and dates must fit."""
    key = new_key()
    server = self_signed(key, TODAY)
    uri = own_uri_of(server)
    fingerprint = hashlib.sha256(server).hexdigest()
    trust, clock = Trust(tmp_path, None), At(TODAY)
    with pytest.raises(Unavailable, match=f"sha256:{fingerprint}.*is not accepted"):
        trust.check(server, uri, clock)

    waiting = tmp_path / "pending" / f"{fingerprint}.der"
    assert waiting.read_bytes() == server
    waiting.rename(tmp_path / "trusted" / waiting.name)
    trust.check(server, uri, clock)
    trust.check(server + self_signed(key, TODAY), uri, clock)  # a chain: the first one counts
    with pytest.raises(Misconfigured, match="calls itself 'urn:evil'"):
        trust.check(server, "urn:evil", clock)
    with pytest.raises(Unavailable, match="set the clock or renew it"):
        trust.check(server, uri, At(TODAY + timedelta(days=4000)))
    trust.check(server, uri, At(datetime(1970, 1, 1, tzinfo=UTC), trusted=False))


def test_a_certificate_that_is_not_valid_yet_is_tried_again_once_the_clock_is_set(
    tmp_path: Path,
) -> None:
    """It says what the clock shows and that it may be wrong; nothing is left behind that hinders.

    `Unavailable` is what the supervisor tries again. A clock that is not believed judges nobody.
    """
    server = self_signed(new_key(), TODAY)
    uri, early = own_uri_of(server), TODAY - timedelta(days=200)
    trust = Trust(tmp_path, tmp_path / "plc.der")
    (tmp_path / "plc.der").write_bytes(server)
    told = f"valid from 2026-11-19 to .*, it is {early:%Y-%m-%d} 08:00 UTC here; set the clock"
    with pytest.raises(Unavailable, match=told):
        trust.check(server, uri, At(early))
    trust.check(server, uri, At(early, trusted=False))
    trust.check(server, uri, At(TODAY))


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (61, ""),
        (59, "the server's certificate is valid until 2027-01-18, in less than 60 days; renew it"),
        (29, "the server's certificate is valid until 2026-12-19, in less than 30 days; renew it"),
        (6, "the server's certificate is valid until 2026-11-26, in less than 7 days; renew it"),
        (-1, "the server's certificate is valid until 2026-11-19, which is over; renew it"),
    ],
)
def test_the_end_of_a_certificate_is_told_before_it_comes(days: int, told: str) -> None:
    """In steps, so that a stand-still of the PLC can be planned; both where both end."""
    ends, years = TODAY + timedelta(days=days), TODAY + timedelta(days=2000)
    assert Ends(ends, years).soon(At(TODAY)).startswith(told)
    assert bool(Ends(ends, years).soon(At(TODAY))) == bool(told)
    ours = Ends(years, ends).soon(At(TODAY))
    assert ours.startswith("our own certificate is valid until" if told else "")
    assert ("delete own.der" in ours) == bool(told)
    both = Ends(ends, ends).soon(At(TODAY))
    assert ("the server's" in both) == ("our own" in both) == bool(told)


def test_a_clock_that_is_not_believed_tells_no_end() -> None:
    """A box that boots in 1970, or a year ahead, warns of nothing."""
    ends = Ends(TODAY, TODAY)
    assert ends.soon(At(TODAY))
    assert not ends.soon(At(TODAY, trusted=False))


def test_a_trust_file_may_be_pem_and_must_be_a_certificate(tmp_path: Path) -> None:
    """What tools export is DER or PEM; anything else is named."""
    server = self_signed(new_key(), TODAY)
    file = tmp_path / "plc.pem"
    parsed = x509.load_der_x509_certificate(server)
    file.write_bytes(parsed.public_bytes(serialization.Encoding.PEM))
    Trust(tmp_path / "keys", file).check(server, own_uri_of(server), At(TODAY))
    file.write_text("coffee")
    with pytest.raises(Misconfigured, match=r"plc\.pem' is no certificate we can read"):
        Trust(tmp_path / "keys", file).check(server, own_uri_of(server), At(TODAY))


def test_a_server_without_a_certificate_is_told(tmp_path: Path) -> None:
    """A secured endpoint without one cannot be."""
    with pytest.raises(Misconfigured, match="is no certificate"):
        Trust(tmp_path, None).check(b"", "urn:plc", At(TODAY))


def new_key() -> rsa.RSAPrivateKey:
    """Another machine's key."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> bytes:
    """The key as a file holds it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def own_uri_of(der: bytes) -> str:
    """The application that a certificate speaks for."""
    names = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    return names.value.get_values_for_type(x509.UniformResourceIdentifier)[0]


@pytest.mark.parametrize("key", ["deadband", "deadband_percent", "filter"])
def test_no_deadband_can_be_set(key: str) -> None:
    """A counter whose last pieces were too few to be told would be short for ever."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        Point.model_validate({"node": "ns=2;s=Body.Good", "kind": "counter", key: 5})


def test_a_server_is_asked_for_every_change() -> None:
    """Without a filter of ours there is nothing to be lost between two values."""
    item = Item(Point(node="ns=2;s=Body.Good"), ua.NodeId("Body.Good", 2), None)
    assert wish(item).RequestedParameters.Filter == ua.ExtensionObject()  # which is none


@pytest.mark.parametrize("mode", ["Sign", "SignAndEncrypt"])
def test_a_server_that_offers_too_little_is_not_taken(
    mode: Literal["Sign", "SignAndEncrypt"],
) -> None:
    """Neither in the clear nor by a broken policy, unless that is what is configured."""
    offers = [
        ua.EndpointDescription(SecurityPolicyUri=f"{POLICIES}{policy}", SecurityMode=offered)
        for policy, offered in (
            ("None", ua.MessageSecurityMode.None_),
            ("Basic128Rsa15", ua.MessageSecurityMode.SignAndEncrypt),
            ("Basic256Sha256", ua.MessageSecurityMode.None_),
        )
    ]
    config = Config(url="opc.tcp://192.0.2.10:4840", security=Security(mode=mode))
    with pytest.raises(Misconfigured, match=f"no endpoint Basic256Sha256/{mode}.*Basic128Rsa15"):
        chosen(offers, config)
