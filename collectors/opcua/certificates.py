"""Our own application certificate, and which servers we believe.

Everything lies in one folder: `own.key` (0600) and `own.der`, made at the first start, `trusted/`
with the certificates of servers that a person has accepted, `pending/` with those that wait for it.
A certificate is named by its SHA-256 fingerprint.
"""

import hashlib
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge.clock import OLDEST_CREDIBLE_NS, Clock
from edge.errors import Misconfigured, Unavailable
from edge.model import SECOND_NS

KEY_BITS = 2048  # every policy in use takes it; some PLCs take no more
VALID_FOR = timedelta(days=3650)
WARNED_DAYS = (7, 30, 60)  # before the end, so that a PLC's next stand-still can be waited for
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Identity(NamedTuple):
    """Who we are to a server."""

    uri: str  # application URI; the certificate says the same
    certificate: bytes  # DER
    key: bytes  # DER, unencrypted


def own_identity(folder: Path, clock: Clock) -> Identity:
    """Our application's key and certificate, made if there are none yet.

    Raises:
        Misconfigured: the files are there and cannot be used.
    """
    key_file, certificate_file = folder / "own.key", folder / "own.der"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not key_file.exists():
        write_new(key_file, new_key())
        certificate_file.unlink(missing_ok=True)
    key = load_key(key_file)
    if not certificate_file.exists():
        write_new(certificate_file, self_signed(key, now(clock)))
    return Identity(
        own_uri(certificate_file, key),
        certificate_file.read_bytes(),
        key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def now(clock: Clock) -> datetime:
    """The time; where the clock is not trusted yet, the earliest that it can be."""
    at_ns = clock.wall_ns() if clock.trusted() else OLDEST_CREDIBLE_NS
    return EPOCH + timedelta(seconds=at_ns // SECOND_NS)


def new_key() -> bytes:
    """A fresh RSA key, PEM."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=KEY_BITS).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def write_new(path: Path, content: bytes) -> None:
    """Write a file only we can read; whole or not at all."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load_key(path: Path) -> rsa.RSAPrivateKey:
    """The private key in the file."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, OSError) as error:
        raise Misconfigured(
            f"{path}: not a private key we can read ('{error}'); put the backup there, or delete "
            "own.key and own.der to have new ones made, which servers must then accept again"
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Misconfigured(f"{path}: '{type(key).__name__}' is no RSA key; put an RSA key there")
    return key


def self_signed(key: rsa.RSAPrivateKey, at: datetime) -> bytes:
    """An application certificate as OPC UA Part 6, 6.2.2 wants it, DER."""
    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"lineproof@{host}"[:64])])
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    names = [x509.UniformResourceIdentifier(f"urn:{host}:lineproof"), x509.DNSName(host)]
    signature_and_encryption = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=True,  # it is its own issuer
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    public = key.public_key()
    builder = (
        x509.CertificateBuilder(name, name, public, x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))  # clocks of PLCs run behind
        .not_valid_after(at + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(signature_and_encryption, critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return der_of(builder.sign(key, hashes.SHA256()))


def own_uri(path: Path, key: rsa.RSAPrivateKey) -> str:
    """The application URI in our certificate; the host may be called otherwise by now."""
    try:
        certificate = x509.load_der_x509_certificate(path.read_bytes())
        fits = certificate.public_key() == key.public_key()
        uris = uris_of(certificate)
    except (ValueError, OSError) as error:
        raise Misconfigured(
            f"{path}: not a certificate we can read ('{error}'); put the backup there, or delete it"
            " to have a new one made, which servers must then accept again"
        ) from error
    if not fits or not uris:
        seen = "belongs to another key" if uris else "has no application URI"
        raise Misconfigured(f"{path}: the certificate {seen}; delete it to have a new one made")
    return uris[0]


def uris_of(certificate: x509.Certificate) -> list[str]:
    """The URIs among a certificate's alternative names."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return names.value.get_values_for_type(x509.UniformResourceIdentifier)


class Ends(NamedTuple):
    """Until when the certificates of a channel are valid."""

    server: datetime
    own: datetime

    @classmethod
    def of(cls, server: bytes, own: Identity) -> "Ends":
        """Of the server's certificate, and of ours; both DER."""
        return cls(
            first_of(server).not_valid_after_utc, first_of(own.certificate).not_valid_after_utc
        )

    def soon(self, clock: Clock) -> str:
        """Which of them ends within 60 days, and what to do; empty where none does."""
        renew = "; renew it in the PLC, then accept the new one here"
        anew = "; delete own.der to have a new one made, and have the PLC accept it"
        told = [
            f"{whose} certificate is valid until {at:%Y-%m-%d}, {left(at - now(clock))}{do}"
            for whose, at, do in (("the server's", self.server, renew), ("our own", self.own, anew))
            if at - now(clock) < timedelta(days=WARNED_DAYS[-1])
        ]
        return "; ".join([*told, "once it has ended no new session is opened"] if told else [])


def left(time: timedelta) -> str:
    """How long it still is, in the steps in which people are reminded."""
    if time < timedelta():
        return "which is over"
    return next(f"in less than {n} days" for n in WARNED_DAYS if time < timedelta(days=n))


class Trust(NamedTuple):
    """Which servers we believe."""

    folder: Path
    also: Path | None  # one more certificate, named in the configuration

    def check(self, server: bytes, uri: str, clock: Clock) -> None:
        """Return if a person has accepted this certificate and it is what it should be.

        Args:
            server: DER, as the server showed it; further certificates may follow it.
            uri: application URI that the server claims.
            clock: what time it is.

        Raises:
            Unavailable: nobody has accepted it yet, or it is not valid at this time.
            Misconfigured: it cannot be read, or speaks for another application.
        """
        certificate = first_of(server)
        der = der_of(certificate)
        fingerprint = hashlib.sha256(der).hexdigest()
        trusted = self.folder / "trusted" / f"{fingerprint}.der"
        if not trusted.exists() and fingerprint != self._named():
            raise self._pending(der, fingerprint)
        if uri not in uris_of(certificate):
            raise Misconfigured(
                f"server certificate sha256:{fingerprint} speaks for {uris_of(certificate)}, the "
                f"server calls itself '{uri}'; give the server a certificate of its own"
            )
        at, first, last = (
            now(clock),
            certificate.not_valid_before_utc,
            certificate.not_valid_after_utc,
        )
        if not first <= at <= last and clock.trusted():
            raise Unavailable(
                f"server certificate sha256:{fingerprint} is valid from {first:%Y-%m-%d} to "
                f"{last:%Y-%m-%d}, it is {at:%Y-%m-%d %H:%M} UTC here; set the clock or renew it"
            )

    def _named(self) -> str:
        if self.also is None:
            return ""
        try:
            raw = self.also.read_bytes()
            pem = raw.lstrip().startswith(b"-----")
            certificate = x509.load_pem_x509_certificate(raw) if pem else loaded(raw)
        except (ValueError, OSError) as error:
            raise Misconfigured(
                f"security.trust: '{self.also}' is no certificate we can read ('{error}'); "
                "export the server's own certificate as DER or PEM"
            ) from error
        return hashlib.sha256(der_of(certificate)).hexdigest()

    def _pending(self, der: bytes, fingerprint: str) -> Unavailable:
        pending, trusted = self.folder / "pending", self.folder / "trusted"
        pending.mkdir(parents=True, exist_ok=True)
        trusted.mkdir(parents=True, exist_ok=True)
        waiting = pending / f"{fingerprint}.der"
        if not waiting.exists():
            write_new(waiting, der)
        thumbprint = hashlib.sha1(der, usedforsecurity=False).hexdigest()  # what PLC tools show
        return Unavailable(
            f"server certificate sha256:{fingerprint} (thumbprint {thumbprint}) is not accepted; "
            f"compare it with what the PLC's tool shows, then move '{waiting}' to '{trusted}'"
        )


def first_of(der: bytes) -> x509.Certificate:
    """The first certificate of one or several that were put one behind the other.

    Raises:
        Misconfigured: there is none.
    """
    try:
        return loaded(der)
    except ValueError as error:
        raise Misconfigured(
            f"{der[:8].hex()!r}… is no certificate we can read ('{error}'); export it as DER or PEM"
        ) from error


def loaded(der: bytes) -> x509.Certificate:
    """The certificate at the beginning of some bytes; a ValueError where there is none."""
    length = 4 + int.from_bytes(der[2:4])  # DER: a sequence whose length stands in two bytes
    return x509.load_der_x509_certificate(der[:length])


def der_of(certificate: x509.Certificate) -> bytes:
    """The bytes of one certificate."""
    return certificate.public_bytes(serialization.Encoding.DER)
