"""TLS against Mosquitto: our own CA, our own certificate, and what is refused."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collectors.mqtt import collect
from collectors.mqtt.settings import Config, Point
from edge.errors import Misconfigured, Unavailable
from tests.contract.mqtt_desk import Desk
from tests.contract.test_mqtt import collecting
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.peer
DAY = timedelta(days=1)
ENDED = -timedelta(hours=1)


class Authority:
    """A certificate authority that lives in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = self._write(name, self.certificate(name, self._key.public_key(), ca=True))

    def certificate(
        self,
        name: str,
        key: ec.EllipticCurvePublicKey,
        host: str = "",
        *,
        ca: bool = False,
        ends_in: timedelta = DAY,
    ) -> x509.Certificate:
        """A certificate of this authority, valid since yesterday; `host` is an address."""
        now, names = datetime.now(UTC), [x509.IPAddress(ip_address(host))] if host else []
        made = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._name)]))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + ends_in)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made.sign(self._key, hashes.SHA256())

    def issue(self, name: str, host: str = "", ends_in: timedelta = DAY) -> tuple[Path, Path]:
        """Files of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (self._folder / f"{name}.key").write_bytes(secret)
        file = self._write(name, self.certificate(name, key.public_key(), host, ends_in=ends_in))
        return file, self._folder / f"{name}.key"

    def revoke(self, file: Path) -> Path:
        """The file of a list which says that a certificate holds no longer."""
        now, old = datetime.now(UTC), x509.load_pem_x509_certificate(file.read_bytes())
        gone = x509.RevokedCertificateBuilder().serial_number(old.serial_number)
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._name)]))
            .last_update(now - DAY)
            .next_update(now + DAY)
            .add_revoked_certificate(gone.revocation_date(now).build())
            .sign(self._key, hashes.SHA256())
        )
        (path := self._folder / "plant.crl").write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
        )
        return path

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        file = self._folder / f"{name}.pem"
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return file


@pytest.fixture(name="ours")
def own_authority(tmp_path: Path) -> Authority:
    """The authority of the plant."""
    return Authority(tmp_path, "plant")


@pytest.fixture(name="broker")
def broker_with_tls(tmp_path: Path, ours: Authority) -> Iterator[Mosquitto]:
    """A broker that wants a certificate of the plant and has one for its address."""
    with Mosquitto(tmp_path / "broker", *keyed(ours)) as broker:
        yield broker


def keyed(ours: Authority, ends_in: timedelta = DAY) -> tuple[str, ...]:
    """The configuration of such a broker."""
    cert, key = ours.issue("broker", "127.0.0.1", ends_in)
    files = (f"cafile {ours.file}", f"certfile {cert}", f"keyfile {key}")
    return (*files, "require_certificate true")


def config(broker: Mosquitto, host: str = "127.0.0.1", **files: Path) -> Config:
    """A source that reads one topic over TLS."""
    return Config.model_validate(
        {"url": f"mqtts://{host}:{broker.port}", "client_id": "gw", **files}
        | {"points": (Point(signal=1, topic="n"),), "protocol": "5"}
    )


async def test_our_certificate_and_the_plant_s_authority_open_the_door(
    broker: Mosquitto, ours: Authority
) -> None:
    """And the session begins as without TLS."""
    cert, key = ours.issue("gateway")
    desk = Desk()
    async with collecting(config(broker, ca=ours.file, cert=cert, key=key), desk):
        assert desk.commits == 1


async def test_a_server_that_cannot_prove_itself_is_refused(
    broker: Mosquitto, ours: Authority, tmp_path: Path
) -> None:
    """An unknown authority, or another host's certificate; nothing is sent to it."""
    cert, key = ours.issue("gateway")
    stranger = Authority(tmp_path, "stranger")
    with pytest.raises(Unavailable, match="certificate verify failed"):
        await collect(config(broker, ca=stranger.file, cert=cert, key=key), Desk())
    with pytest.raises(Unavailable, match=r"not valid for 'localhost'"):
        await collect(config(broker, "localhost", ca=ours.file, cert=cert, key=key), Desk())


async def test_a_client_without_a_certificate_is_refused(
    broker: Mosquitto, ours: Authority
) -> None:
    """The broker closes the link, and we are no worse than unavailable."""
    with pytest.raises(Unavailable):
        await collect(config(broker, ca=ours.file), Desk())


async def test_a_server_whose_certificate_has_ended_is_refused(
    ours: Authority, tmp_path: Path
) -> None:
    """The reason says so; nobody goes on without."""
    cert, key = ours.issue("gateway")
    with (
        Mosquitto(tmp_path / "broker", *keyed(ours, ENDED)) as broker,
        pytest.raises(Unavailable, match="certificate has expired"),
    ):
        await collect(config(broker, ca=ours.file, cert=cert, key=key), Desk())


async def test_a_client_whose_certificate_holds_no_longer_is_refused(
    ours: Authority, tmp_path: Path
) -> None:
    """Ended or revoked: the broker says which, and so do we, until a person brings another."""
    ended, ended_key = ours.issue("ended", ends_in=ENDED)
    revoked, revoked_key = ours.issue("revoked")
    sound, sound_key = ours.issue("gateway")
    list_of_revoked = f"crlfile {ours.revoke(revoked)}"
    with Mosquitto(tmp_path / "broker", *keyed(ours), list_of_revoked) as broker:
        with pytest.raises(Unavailable, match="expired"):
            await collect(config(broker, ca=ours.file, cert=ended, key=ended_key), Desk())
        with pytest.raises(Unavailable, match="revoked"):
            await collect(config(broker, ca=ours.file, cert=revoked, key=revoked_key), Desk())
        desk = Desk()
        async with collecting(config(broker, ca=ours.file, cert=sound, key=sound_key), desk):
            assert desk.commits == 1


async def test_files_that_are_no_certificates_are_named(
    broker: Mosquitto, ours: Authority, tmp_path: Path
) -> None:
    """The source stops, and the operator knows which file to mend."""
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    for file in (broken, tmp_path / "none.pem"):
        with pytest.raises(Misconfigured, match=rf"{file}.*write PEM files"):
            await collect(config(broker, ca=file), Desk())
    cert, _ = ours.issue("gateway")
    _, other_key = ours.issue("other")
    with pytest.raises(Misconfigured, match=r"(?i)key.values.mismatch") as caught:
        await collect(config(broker, ca=ours.file, cert=cert, key=other_key), Desk())
    assert isinstance(caught.value.__cause__, ssl.SSLError)
