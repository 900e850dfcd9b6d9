"""Evidence packages made while the service runs: one at a time, in a child process of low rank.

A package lies in `data/evidence` under the hash of its manifest, with what the maker said of it
beside it; so one made again from the same state takes the place of itself.
"""

import asyncio
import json
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge.archive.vault import flush
from edge.errors import NotFound, Refused, Unavailable, reason
from edge.evidence.filing import said_in
from edge.evidence.keys import Signer
from edge.evidence.roots import parsed, picture, spoken
from edge.evidence.since import restated
from edge.moment import rfc3339
from edge.records import roots
from edge.records.database import Records
from edge.service.child import child, last_line

Document = dict[str, Any]  # JSON
MOST_WAITING = 8
MOST_KNOWN = 50
RUNNING = {"waiting", "running"}


class Packing:
    """The jobs of one site's service, and what came out of them."""

    def __init__(self, config: Path, data: Path, zone: ZoneInfo) -> None:
        self._config, self._data, self._zone = config, data, zone
        self._keys, self._folder = data / "keys", data / "evidence"
        self._jobs = dict[str, Document]()
        self._waiting = asyncio.Queue[Document]()
        self._asked = 0

    async def run(self) -> None:
        """Make what is asked for, until cancelled; what is half made then is forgotten."""
        while True:
            job = await self._waiting.get()
            job["state"] = "running"
            await self._make(job)

    def ask(self, target: str) -> Document:
        """The job that makes a target's package; the one at work, where there is one.

        Raises:
            Refused: too many wait already.
        """
        going = [job for job in self._jobs.values() if job["state"] in RUNNING]
        for job in going:
            if job["target"] == target:
                return job
        if len(going) >= MOST_WAITING:
            raise Refused(f"{len(going)} packages are being made; ask again when one is done")
        self._asked += 1
        job = {"id": f"e{self._asked}", "kind": "evidence", "target": target}
        job |= {"state": "waiting", "share": 0.0, "package": None, "problem": None}
        self._jobs[job["id"]] = job
        for old in list(self._jobs)[:-MOST_KNOWN]:
            del self._jobs[old]
        self._waiting.put_nowait(job)
        return job

    def job(self, name: str) -> Document:
        """A job and how far it has come.

        Raises:
            NotFound: with the jobs there are.
        """
        if name not in self._jobs:
            known = ", ".join(self._jobs) or "none"
            raise NotFound(f"there is no job '{name}'; there are {known}")
        return self._jobs[name]

    def listed(self) -> Document:
        """All packages that lie here, those of the latest state first, the key, and the jobs.

        Each says since when the rows that it tells of are restated; null where they still hold.
        """
        said = said_in(self._folder)
        paths = sorted(said, key=lambda path: path.stat().st_mtime_ns)
        told = [said[path] for path in reversed(paths)]
        told.sort(key=lambda made: str(made["as_of"]), reverse=True)  # of one state, the last made
        since = restated(Records.open(self._data / "records.db")) if told else {}
        for made in told:
            known_ns = since.get(str(made["manifest"]))
            made["restated_since"] = None if known_ns is None else rfc3339(known_ns, self._zone)
        public = Signer.of(self._keys).public
        key = {"id": public.id, "public": public.pem.decode()}
        return {"key": key, "packages": told, "jobs": list(self._jobs.values())}

    def roots(self, limit: int) -> Document:
        """The newest daily roots, with the picture of the newest as rows of dark and light."""
        kept = roots.kept(Records.open(self._data / "records.db"))[-limit:]
        told = [parsed(one.document) for one in reversed(kept)]
        found: Document = {
            "roots": [
                {**one.model_dump(), "sha256": one.sha256, "line": spoken(one)} for one in told
            ]
        }
        if told:
            rows = picture(told[0]).matrix
            found["picture"] = ["".join(str(int(bool(dot))) for dot in row) for row in rows]
        return found

    def file(self, package: str) -> Path:
        """The file of a package, by the hash of its manifest.

        Raises:
            NotFound: there is none.
        """
        path = self._folder / f"{package}.zip"
        if not package.isalnum() or not path.is_file():
            raise NotFound(f"there is no package '{package}'; GET /api/v1/evidence lists them")
        return path

    def name(self, package: str) -> str:
        """What a package's file is called for whoever takes it; its hash where nothing tells."""
        with suppress(FileNotFoundError, ValueError):
            made = json.loads((self._folder / f"{package}.json").read_bytes())
            return str(made["file"])
        return f"{package}.zip"

    async def _make(self, job: Document) -> None:
        """Do one job; what the child says last on stderr is why it failed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        out = self._folder / f"{job['id']}.part"
        words = str(self._config), job["target"], str(out)
        try:
            async with child("edge.cli.evidence_child", *words) as process:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._follow(job, process.stdout))
                    said = group.create_task(rest(process.stderr))
                if await process.wait():
                    why = last_line(said.result()) or "it was ended"
                    job |= {"state": "failed", "problem": why}
                else:
                    job["package"] = await asyncio.to_thread(self._keep, job["package"], out)
                    job |= {"state": "done", "share": 1.0}
        except OSError as error:
            job |= {"state": "failed", "problem": reason(error)}
        except Unavailable as error:
            job |= {"state": "failed", "problem": str(error)}
        finally:
            out.unlink(missing_ok=True)
            out.with_suffix(".said").unlink(missing_ok=True)

    async def _follow(self, job: Document, stream: asyncio.StreamReader | None) -> None:
        """Take in what the child says: the share that is done, and what it made."""
        while stream is not None and (line := await stream.readline()):
            with suppress(json.JSONDecodeError):  # a library's own words
                job |= json.loads(line)

    def _keep(self, made: Document, out: Path) -> Document:
        """Give a package its name, once it is on the disk with what is said of it."""
        told = {**made, "file": f"{made['target']}-{made['manifest'][:12]}.zip"}
        words = out.with_suffix(".said")
        words.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        for path, suffix in ((out, "zip"), (words, "json")):
            flush(path)
            path.replace(self._folder / f"{made['manifest']}.{suffix}")
        flush(self._folder)
        return told


def rest(stream: asyncio.StreamReader | None) -> Coroutine[None, None, bytes]:
    """All that a stream still brings."""
    assert stream is not None  # noqa: S101 - it was asked for as a pipe
    return stream.read()
