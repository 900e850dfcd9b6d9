"""Who we are to the broker, and how we know that it is the right one."""

import ssl

from collectors.mqtt.packets import Login, Will
from collectors.mqtt.settings import Config
from collectors.mqtt.stream import LARGEST
from edge.errors import Misconfigured


def login(config: Config, will: Will | None = None) -> Login:
    """What CONNECT says of us, and the will that it leaves.

    Raises:
        Misconfigured: the password cannot be read.
    """
    return Login(
        config.client_id,
        config.user,
        password(config),
        config.keep_alive_s,
        config.session_s if config.keeps_session else 0,
        config.max_in_flight,
        LARGEST,
        will,
        not config.keeps_session,
    )


def password(config: Config) -> bytes | None:
    """The password from its file; None where there is none."""
    if config.password_file is None:
        return None
    try:
        return config.password_file.read_text("utf-8").strip("\r\n").encode()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"password_file: {error}; write the password there") from error


def tls(config: Config) -> ssl.SSLContext | None:
    """Whom to believe and what to show; None where the link is plain.

    Raises:
        Misconfigured: a file that the configuration names cannot be used.
    """
    if config.url.scheme != "mqtts":
        return None
    try:
        context = ssl.create_default_context(cafile=config.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if config.cert is not None:
            context.load_cert_chain(config.cert, config.key)
    except OSError as error:  # ssl.SSLError is one
        files = ", ".join(str(file) for file in (config.ca, config.cert, config.key) if file)
        raise Misconfigured(f"ca, cert or key ({files}): {error}; write PEM files") from error
    return context
