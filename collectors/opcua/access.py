"""Which endpoint of a server is used, who we say we are, and what a refusal means."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from asyncua import ua
from asyncua.crypto import security_policies

from collectors.opcua.settings import Config
from edge.errors import Misconfigured, Unavailable, reason

POLICIES = {
    "None": security_policies.SecurityPolicyNone,
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes128_Sha256_RsaOaep": security_policies.SecurityPolicyAes128Sha256RsaOaep,
    "Aes256_Sha256_RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
}
IDENTITY_REFUSED = {
    ua.StatusCodes.BadIdentityTokenInvalid,
    ua.StatusCodes.BadIdentityTokenRejected,
    ua.StatusCodes.BadUserAccessDenied,
}
CERTIFICATE_REFUSED = {
    ua.StatusCodes.BadCertificateInvalid,
    ua.StatusCodes.BadCertificateTimeInvalid,
    ua.StatusCodes.BadCertificateUntrusted,
    ua.StatusCodes.BadCertificateUriInvalid,
    ua.StatusCodes.BadCertificateUseNotAllowed,
    ua.StatusCodes.BadSecurityChecksFailed,
}


def chosen(offers: Any, config: Config) -> Any:  # noqa: ANN401 - untyped library
    """The endpoint that offers what is configured.

    Raises:
        Misconfigured: there is none; the message lists what there is.
    """
    policy = POLICIES[config.security.policy]
    mode = "None_" if config.security.policy == "None" else config.security.mode
    for offer in offers:
        if offer.SecurityPolicyUri == policy.URI and offer.SecurityMode.name == mode:
            return offer
    seen = sorted(
        {f"{offer.SecurityPolicyUri.split('#')[-1]}/{offer.SecurityMode.name}" for offer in offers}
    )
    raise Misconfigured(
        f"{config.url}: no endpoint {config.security.policy}/{mode.strip('_')}; the server offers "
        f"{', '.join(seen)}; set security.policy and mode to one of them, or enable it there"
    )


def password_of(config: Config) -> str | None:
    """The user's password, without the line's end.

    Raises:
        Misconfigured: the file cannot be read.
    """
    path = config.security.password_file
    if path is None:
        return None
    try:
        return path.read_text().rstrip("\r\n")
    except OSError as error:
        why = reason(error)
        raise Misconfigured(f"security.password_file '{path}': {why}; write it there") from error
    except ValueError as error:
        raise Misconfigured(f"security.password_file '{path}': {error}; write it there") from error


@contextmanager
def explained(config: Config) -> Iterator[None]:
    """Tell apart what a person must mend when a session is refused."""
    try:
        yield
    except ua.UaStatusCodeError as error:
        if error.code in IDENTITY_REFUSED:
            who = f"user '{config.security.user}'" if config.security.user else "a nameless user"
            raise Misconfigured(
                f"{config.url}: {who} is refused ('{error}'); check security.user, the password "
                "file and the user's rights on the server"
            ) from error
        if error.code in CERTIFICATE_REFUSED:
            raise Unavailable(
                f"{config.url}: the server does not accept our certificate ('{error}'); accept "
                f"'{config.keys / 'opcua' / 'own.der'}' there; tried again meanwhile"
            ) from error
        raise
