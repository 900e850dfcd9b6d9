"""Where in a server the samples go, and who may put them there."""

import base64
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

from pydantic import BaseModel, Field, model_validator

NEWER, OLDER = "/api/v2/write", "/write"


class Address(BaseModel, frozen=True, extra="forbid", validate_default=True):
    """A bucket of InfluxDB 2.x, or a database and retention policy of 1.x, and the key to it."""

    bucket: str = Field(
        min_length=1, description="bucket; of InfluxDB 1.x the database, or database/policy"
    )
    org: str = Field(default="", description="organisation; empty for InfluxDB 1.x")
    token_file: Path | None = Field(
        default=None, description="file that holds the token of InfluxDB 2.x"
    )
    user: str = Field(default="", description="user name of InfluxDB 1.x; empty where it asks none")
    password_file: Path | None = Field(
        default=None, description="file that holds the password of InfluxDB 1.x"
    )
    read_token_file: Path | None = Field(
        default=None,
        description="token of InfluxDB 2.x that may read, for the daily count; none: token_file",
    )
    gzip: bool = Field(default=True, description="compress what is sent")

    @model_validator(mode="after")
    def check_key(self) -> Self:
        """One key, and whole."""
        if self.token_file and self.user:
            raise ValueError("has token_file and user; keep token_file for 2.x or user for 1.x")
        if bool(self.user) != bool(self.password_file):
            raise ValueError("has one of user and password_file; name both or neither")
        if self.token_file and not self.org:
            raise ValueError("has token_file without org; name the organisation of the bucket")
        return self

    def target(self, path: str) -> str:
        """Path and query of a write with nanosecond times."""
        if path == NEWER:
            query = {"org": self.org, "bucket": self.bucket, "precision": "ns"}
            return f"{path}?{urlencode({key: it for key, it in query.items() if it})}"
        database, _, policy = self.bucket.partition("/")
        query = {"db": database, "rp": policy, "precision": "n"}
        return f"{path}?{urlencode({key: it for key, it in query.items() if it})}"

    def asking(self, question: str) -> tuple[str, dict[str, str]]:
        """Path, query and headers of an InfluxQL question, which all versions answer.

        Raises:
            OSError: a secret cannot be read.
            ValueError: it is no text of one line.
        """
        database, _, policy = self.bucket.partition("/")
        form = {"db": database, "rp": policy, "epoch": "ns", "q": question}
        headers = self.headers(OLDER)
        if self.read_token_file:
            headers["Authorization"] = f"Token {secret(self.read_token_file)}"
        return f"/query?{urlencode({key: it for key, it in form.items() if it})}", headers

    def headers(self, path: str) -> dict[str, str]:
        """What accompanies a body; the secret is read from its file each time.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no text of one line.
        """
        headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "lineproof"}
        if self.gzip:
            headers["Content-Encoding"] = "gzip"
        if self.token_file:
            headers["Authorization"] = f"Token {secret(self.token_file)}"
        elif self.password_file:
            pair = f"{self.user}:{secret(self.password_file)}"
            basic = base64.b64encode(pair.encode()).decode()
            headers["Authorization"] = f"Token {pair}" if path == NEWER else f"Basic {basic}"
        return headers


def secret(path: Path) -> str:
    """What a file holds, without the line feed that editors add.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no text of one line; sent as a header it would be told with the error.
    """
    try:
        text = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise ValueError(f"'{path}' is no UTF-8 ({error.reason})") from error
    if len(text.splitlines()) > 1:
        raise ValueError(f"'{path}' holds more than one line")
    return text
