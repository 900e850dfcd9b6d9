"""How commands end: 1 findings, 2 usage, 3 configuration, 4 unreachable, 5 storage, 70 a bug."""

import errno
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from collectors import mqtt, opcua
from collectors.opcua.settings import Security
from edge.cli import bug, forbidden, status
from edge.cli.site import site_of
from edge.cli.trying import guest
from edge.errors import ArchiveDamaged, JournalDamaged, JournalFull, Unavailable
from edge.journal import connect
from edge.newest import note
from edge.service import rooms
from edge.stores import site_lock
from tests.unit.edge.cli.desk import Command, Ran, rows, write_csv

SPAN = ("--from", "2026-03-02", "--to", "2026-03-08")
ASKING = [
    ("quarantine", "show", "1"),
    ("quarantine", "discard", "1"),
    ("export", *SPAN, "--out", "never.csv"),
    ("kpi", "--line", "mask-1", *SPAN),
]
LISTS = [(noun, "list") for noun in ("archive", "baseline", "quarantine", "target", "task")]
BUG = """
import sys
from edge.cli import main, version
sys.argv = ["lineproof", "version"]
def command(*, json):
    raise KeyError("good")
version.command = command
main.main()
"""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("kpi", "--line", "x", *SPAN), "mask-1"),
        (("kpi", "--line", "mask-1", "--from", "yesterday", "--to", "2026-03-08"), "'yesterday'"),
        (("kpi", "--line", "mask-1", "--from", "2026-03-08", "--to", "2026-03-02"), "no interval"),
        (("kpi", "--line", "mask-1", *SPAN, "--by", "week"), "week"),
        (("export", *SPAN, "--out", "x.csv", "--signal", "hanbit/x"), "no such signal: hanbit/x"),
        (("export", *SPAN, "--out", "no/such/folder/x.csv"), "there is no such folder"),
        (("export", *SPAN, "--out", "x", "--format", "xlsx"), "csv, parquet, ndjson"),
        (
            ("export", *SPAN, "--out", "data"),
            "is a folder; name a file in it, such as data/samples",
        ),
        (("import", "samples", "data"), "data is a folder; name its files, such as data/*.csv"),
        (("evidence", "make", "t1", "--out", "data"), "name a file in it, such as data/t1.zip"),
        (("import", "samples", "nothing.csv"), "no such file: nothing.csv"),
        (("baseline", "show", "b9"), "b9"),
        (("target", "show", "t9"), "t9"),
        (("target", "set"), "Missing option"),
        (("kpi", "--lime", "mask-1"), "No such option"),
        (("kpis",), "No such command"),
        (("status", "--jsn"), "No such option"),
    ],
)
def test_what_was_asked_wrongly_is_said(
    site: Command, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2, what was seen, and what there is; nothing on stdout."""
    monkeypatch.chdir(site.folder)
    ran = site(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_a_wrong_configuration_is_3(own: Command) -> None:
    """Every fault a line, by place."""
    file = own.folder / "lineproof.yaml"
    file.write_text(file.read_text("utf-8").replace("id: body", "id: Body").replace("{A: 10}", "7"))
    for arguments in (("check",), ("kpi", "--line", "mask-1", *SPAN), ("run",), ("status",)):
        ran = own(*arguments)
        assert (ran.code, ran.out) == (3, "")
        places = [line.partition(" ")[0] for line in ran.err.splitlines()]
        assert len(places) == 2
        assert all(place.startswith("lineproof.yaml:") for place in places)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("init", "lineproof.yaml/x"), "lineproof.yaml/x: Not a directory; choose another folder"),
        (("demo", "--port", "0"), "Invalid value for '--port'"),
        (("demo", "--port", "65536"), "Invalid value for '--port'"),
        (("demo", "--days", "0"), "Invalid value for '--days'"),
    ],
)
def test_what_cannot_be_begun_is_refused(
    site: Command, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2, and nothing is made."""
    monkeypatch.chdir(site.folder)
    ran = site(*arguments, config=False)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_missing_secret_is_a_finding(own: Command) -> None:
    """1, with its place; an open one too, and beside the faults of a file that cannot be used."""
    file = own.folder / "lineproof.yaml"
    text = file.read_text("utf-8").replace("client_id: hanbit-gw", "user: u, password_file: pw")
    file.write_text(text.replace("kind: mqtt,", "kind: mqtt, client_id: hanbit-gw,"))
    ran = own("check")
    assert ran.code == 1
    first, second = ran.out.splitlines()
    about = "1 line, 4 signals, 1 source, 0 sinks"
    assert first == f"the configuration has no fault, but 1 file to mend: {about}"
    place = r"lineproof\.yaml:3:\d+ sources\[0\]\.password_file: "
    says = "is 'pw', and there is no such file; put the secret into it, mode 0600"
    assert re.fullmatch(place + re.escape(says), second)
    (remark,) = json.loads(own("check", "--json").out)["remarks"]
    assert remark["message"] == says
    (own.folder / "pw").write_text("geheim")
    (own.folder / "pw").chmod(0o640)
    assert "which others can use (mode 0640); run `chmod 600 " in own("check").out
    (own.folder / "pw").chmod(0o600)
    ran = own("check")
    assert (ran.code, ran.out) == (0, f"the configuration is valid: {about}\n")
    file.write_text(file.read_text("utf-8").replace("password_file: pw", "password_file: p", 1))
    file.write_text(file.read_text("utf-8").replace("Asia/Seoul", "Asia/Soul"))
    ran = own("check")
    assert (ran.code, ran.out) == (3, "")
    assert "no such file" in ran.err
    assert "is 'Asia/Soul'" in ran.err


def test_a_trial_has_a_name_of_its_own(own: Command) -> None:
    """Two clients of one id throw each other out, and a session left behind fills the broker."""
    (source,) = site_of(own.folder).sources
    found = guest(source.config)
    assert isinstance(found, mqtt.Config)
    assert found.client_id == f"hanbit-gw-check-{os.getpid()}"
    assert found.session_s == 0
    plc = guest(opcua.Config(url="opc.tcp://127.0.0.1:4840", security=Security(exception="test")))
    assert isinstance(plc, opcua.Config)
    assert plc.leaves_nothing


def test_a_folder_without_a_site_is_3(tmp_path: Path, new: Command) -> None:
    """It says how to make one."""
    (tmp_path / "lineproof.yaml").unlink()
    ran = new("check")
    assert ran.code == 3
    assert "does not exist; write one with `lineproof init" in ran.err


def test_nothing_stored_yet_is_said(new: Command) -> None:
    """Whoever asks too early learns how samples come."""
    ran = new("kpi", "--line", "mask-1", *SPAN)
    assert (ran.code, ran.out) == (2, "")
    assert "holds no samples yet; `run` or `import samples` first" in ran.err
    assert new("archive", "list").err.startswith("no part yet, and no row in the journal; `run`")


@pytest.mark.parametrize("arguments", ASKING, ids=" ".join)
def test_a_start_killed_in_its_first_moment_stored_nothing(
    new: Command, arguments: tuple[str, ...]
) -> None:
    """An empty file, one that SQLite has only begun, and one that has not yet all its tables."""
    journal = new.folder / "data" / "journal.db"
    journal.parent.mkdir()
    said = f"{journal.parent} holds no samples yet; `run` or `import samples` first\n"
    journal.write_bytes(b"")
    assert new(*arguments) == Ran(2, "", said)
    with closing(sqlite3.connect(journal)) as db:
        db.execute("pragma journal_mode = wal")
    assert journal.stat().st_size
    assert new(*arguments) == Ran(2, "", said)
    connect(journal).close()
    assert new(*arguments) == Ran(2, "", said)


@pytest.mark.parametrize("arguments", [*ASKING, *LISTS], ids=" ".join)
@pytest.mark.parametrize("gone", [False, True])
def test_a_journal_cut_to_nothing_is_5(
    own: Command,
    arguments: tuple[str, ...],
    gone: bool,  # noqa: FBT001 - a parameter
) -> None:
    """Where samples were, nobody is told that there are none yet."""
    data = own.folder / "data"
    note(data, 1)  # as the service does after each commit
    for file in data.glob("journal.db*"):
        file.unlink()
    if not gone:
        (data / "journal.db").write_bytes(b"")
    ran = own(*arguments)
    assert (ran.code, ran.out) == (5, "")
    seen = "is missing" if gone else "cannot be read: no such table: block"
    assert ran.err == (
        f"{data}: journal.db {seen}; "
        "start the service, which keeps what is proven and names what is lost\n"
    )


def test_a_file_with_faults_is_1(own: Command) -> None:
    """The row, the column and what stands there; nothing of it is stored."""
    bad = own.folder / "bad.csv"
    bad.write_text("signal,source_time,value,quality\nhanbit/mask-1/body/good,monday,1,good\n")
    ran = own("import", "samples", bad)
    assert (ran.code, ran.out) == (1, "")
    assert "monday" in ran.err
    assert "bad.csv" in ran.err


def test_no_service_is_4(site: Command) -> None:
    """And what to do."""
    ran = site("status")
    assert (ran.code, ran.out) == (4, "")
    said = "no service answers at 127.0.0.1:1: Connection refused; start it with `lineproof run`"
    assert ran.err == f"{said}\n"


def test_the_service_of_another_site_is_4(site: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sits at our address by chance is named, and nothing of him is shown as ours."""
    other = {"site": {"id": "daehan", "name": "대한도금"}, "status": "ok"}
    monkeypatch.setattr(status, "asked", lambda *_: other)
    ran = site("status")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err == (
        "127.0.0.1:1: the service of another site answers, 'daehan' (대한도금), not 'hanbit'; name "
        "its folder with --config, or give one of the two another port by `api: {listen: …}`\n"
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"detail": "journal.db is locked", "status": 503}, "journal.db is locked"),
        ({"hello": "world"}, "who answers there is not lineproof"),
        (["not", "ours"], "who answers there is not lineproof"),
    ],
)
def test_another_answer_is_4_too(answer: object, said: str) -> None:
    """A problem in its own words; whoever else sits at our port is no service."""
    with pytest.raises(Unavailable, match=said):
        status.checked(answer, "127.0.0.1:8000")


@pytest.mark.parametrize(
    "error", [JournalFull("free disk"), JournalDamaged("set aside"), ArchiveDamaged("restore it")]
)
def test_trouble_with_the_disk_is_5(
    site: Command, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """With the message that says what to do."""

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("edge.engine.engine.Engine.kpis", broken)
    ran = site("kpi", "--line", "mask-1", *SPAN)
    assert (ran.code, ran.out) == (5, "")
    assert ran.err.splitlines()[-1] == str(error)


@pytest.mark.parametrize(
    ("number", "owner", "said"),
    [
        (errno.EACCES, 65_533, "belongs to user 65533: run this as user 65533, or name another"),
        (errno.EPERM, os.geteuid(), "the right to it, or name another"),
        (errno.EROFS, os.geteuid(), "let it be mounted for writing, or name another folder"),
    ],
)
def test_what_this_user_may_not_do_is_5(
    site: Command, monkeypatch: pytest.MonkeyPatch, number: int, owner: int, said: str
) -> None:
    """Whose file it is and what to do, in one line: to be the wrong user is no bug of ours."""
    file = site.folder / "lineproof.yaml"

    def refused(*_: object) -> None:
        raise OSError(number, os.strerror(number), str(file))

    monkeypatch.setattr("edge.engine.engine.Engine.kpis", refused)
    monkeypatch.setattr(forbidden, "pwd_name", lambda n: "me" if n == os.geteuid() else f"user {n}")
    monkeypatch.setattr(
        forbidden, "owner_of", lambda _: "me" if owner == os.geteuid() else f"user {owner}"
    )
    ran = site("kpi", "--line", "mask-1", *SPAN)
    assert (ran.code, ran.out) == (5, "")
    last = ran.err.splitlines()[-1]
    assert last.startswith(f"{file}: {os.strerror(number)}; ")
    assert last.endswith(said)


def test_the_owner_of_what_cannot_be_seen_is_that_of_the_folder(tmp_path: Path) -> None:
    """By name, where the system knows one."""
    assert forbidden.owner_of(tmp_path / "no" / "such.db") == forbidden.pwd_name(os.getuid())
    assert forbidden.pwd_name(4_000_000_001) == "user 4000000001"


def test_a_journal_of_another_user_is_5(site: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite alone would say that it cannot open a file."""
    monkeypatch.setattr("edge.journal.os.access", lambda path, _: path.name != "journal.db")
    ran = site("kpi", "--line", "mask-1", *SPAN)
    assert (ran.code, ran.out) == (5, "")
    assert f"{site.folder / 'data' / 'journal.db'}: Permission denied; " in ran.err


def test_a_title_in_another_encoding_is_2(own: Command) -> None:
    """A Korean terminal of old sends EUC-KR: it is told so, and nothing is written."""
    title = "불량 줄이기".encode("euc-kr").decode("utf-8", "surrogateescape")
    ran = own("task", "add", "--title", title, "--line", "mask-1")
    assert (ran.code, ran.out) == (2, "")
    assert "is not UTF-8; let the terminal send UTF-8" in ran.err.splitlines()[-1]
    assert own("task", "list").out.strip() in ("", "no tasks yet")


def test_a_bug_is_70_and_one_line(tmp_path: Path) -> None:
    """It says how to report it; the trace is in a file, and in the log where somebody asks."""
    for level, lines in (("", 1), ("error", 2)):
        environment = {**os.environ, "LINEPROOF_LOG": level, "XDG_STATE_HOME": str(tmp_path)}
        ran = subprocess.run(
            [sys.executable, "-c", BUG],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert (ran.returncode, ran.stdout) == (70, "")
        said = ran.stderr.splitlines()
        assert len(said) == lines
        assert ("Traceback" in ran.stderr) == (lines == 2)
        found = re.fullmatch(
            r"a bug of ours, please report it: KeyError in <string>:6: 'good'; "
            r"send (\S+) with it, which holds the trace",
            said[-1],
        )
        assert found
        file = Path(found[1])
        assert file.parent == tmp_path / "lineproof"
        assert file.stat().st_mode & 0o777 == 0o600
        assert "Traceback" in file.read_text("utf-8")
        assert "KeyError: 'good'" in file.read_text("utf-8")


def test_ctrl_c_is_no_bug_whatever_a_library_makes_of_it() -> None:
    """Python itself makes a RuntimeError of it where a class is being defined: 130, no word."""
    cause = 'error = RuntimeError("set_name")\n    raise error from KeyboardInterrupt()'
    meant = "try:\n        raise KeyboardInterrupt\n    except BaseException:\n        raise E"
    for made in (cause, meant):
        program = BUG.replace('raise KeyError("good")', made)
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"")


@pytest.mark.parametrize(
    ("encoding", "unknown", "site"),
    [("euc-kr", "-", "한빛"), ("ascii", "-", "??"), ("utf-8", "—", "한빛")],
)
def test_no_letter_is_a_bug(own: Command, encoding: str, unknown: str, site: str) -> None:
    """A terminal that does not know our dashes gets plain ones; a document stays whole."""
    file = own.folder / "lineproof.yaml"
    file.write_text(file.read_text("utf-8").replace("name: 주간", "name: 한빛"), "utf-8")
    lineproof = Path(sys.executable).with_name("lineproof")
    command: list[str | Path] = [lineproof, "kpi", "--config", own.folder]
    command += ["--line", "mask-1", *SPAN, "--by", "shift"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    ran = subprocess.run(command, capture_output=True, env=environment, check=True)
    lines = ran.stdout.decode(encoding).splitlines()
    assert any(line.split()[2:4] == [site, "line"] for line in lines)
    (cost,) = {line.split()[1] for line in lines if line.split()[0] == "unit_cost"}
    assert cost == unknown
    ran = subprocess.run([*command, "--json"], capture_output=True, env=environment, check=True)
    rows = json.loads(ran.stdout.decode(encoding))["rows"]
    assert "한빛" in {row["shift"] for row in rows}


def test_a_bug_without_a_place_to_write_is_told_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Then the log is where the trace can be had."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(bug, "gettempdir", lambda: str(tmp_path / "file"))
    assert bug.kept(KeyError("good")) == "LINEPROOF_LOG=error shows the trace"


def test_a_second_service_is_refused(new: Command) -> None:
    """5, and the folder that is in use: also where both would serve at one port."""
    with site_lock(new.folder / "data"):
        ran = new("run")
    assert ran.code == 5
    assert f"{new.folder / 'data'} is in use by another lineproof" in ran.err


def test_a_taken_port_is_4(new: Command) -> None:
    """Before anything else is opened: no journal is made."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        file = new.folder / "lineproof.yaml"
        file.write_text(file.read_text("utf-8").replace("127.0.0.1:1", f"127.0.0.1:{port}"))
        lines = file.read_text("utf-8").splitlines()
        file.write_text(
            "\n".join(line.replace(f':{port}", client', ':1", client') for line in lines)
        )
        ran = new("run")
    assert ran.code == 4
    assert f"cannot serve pages at 127.0.0.1:{port}: Address already in use" in ran.err
    assert not (new.folder / "data" / "journal.db").exists()


def test_pages_that_were_not_built_are_4(new: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rooms that were open by then are closed: no thread is left."""
    file = new.folder / "lineproof.yaml"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = file.read_text("utf-8").replace('listen: "127.0.0.1:1"', f'listen: "127.0.0.1:{port}"')
    file.write_text(text)
    monkeypatch.setattr(rooms, "PAGES", new.folder)
    ran = new("run")
    assert ran.code == 4
    assert "index.html is missing; build the pages with `make web`" in ran.err


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("Han Bit_1", "han-bit-1"),
        ("mask2", "mask2"),
        ("2026", "site-2026"),
        ("null", "site-null"),
        ("한빛", "mysite"),
    ],
)
def test_a_new_site_is_called_as_its_folder(new: Command, name: str, id_: str) -> None:
    """As far as an id can be; what was written is valid at once."""
    folder = new.folder / name
    assert new("init", folder, config=False).code == 0
    assert site_of(folder).site.id == id_
    assert f"{id_}-gw" in (folder / "lineproof.yaml").read_text("utf-8")


def test_the_data_are_for_us_alone(new: Command) -> None:
    """Others do not even see their names; a folder that somebody opened to a group stays so."""
    file = write_csv(new.folder / "a.csv", rows(1)[:3])
    umask = os.umask(0o022)
    try:
        assert new("import", "samples", file).code == 0
        data = new.folder / "data"
        assert data.stat().st_mode & 0o777 == 0o700
        data.chmod(0o750)
        assert new("import", "samples", file).code == 0
    finally:
        os.umask(umask)
    assert data.stat().st_mode & 0o777 == 0o750


def test_a_version_is_told_either_way(new: Command) -> None:
    """As a command and as an option."""
    asked, told = new("--version", config=False), new("version", config=False)
    assert (asked.code, asked.out) == (0, told.out)
    assert asked.out.startswith("lineproof ")


@pytest.mark.parametrize(
    ("thing", "said", "printed"),
    [
        ("mask-1", "103.4 % of the ideal speed", "warning: figures of mask-1: 103.4 % of"),
        ("", "the clock may be off", "warning: figures: the clock may be off"),
        ("mask-1", "mask-1 runs too fast", "warning: figures: mask-1 runs too fast"),
    ],
)
def test_a_finding_of_the_figures_names_its_line(
    thing: str, said: str, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two lines that run too fast are two findings that can be told apart."""
    finding = {"severity": "warning", "source": "figures", "params": {"text": said, "thing": thing}}
    status.shown(
        {
            "site": {"name": "한빛", "id": "hanbit"},
            "version": "1",
            "status": "degraded",
            "sources": [],
            "sinks": [],
            "archive": {"parts": 0, "rows": 0},
            "journal": {"waiting_rows": 0},
            "findings": [finding],
        }
    )
    assert printed in capsys.readouterr().out
