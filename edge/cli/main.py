"""The command `lineproof`: what it can do, and the exit code of whatever went wrong.

Nothing heavy is imported before a command is chosen: `--help` answers at once.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Annotated, Literal, NoReturn

import typer

from edge.cli import (
    audit_commands,
    baseline_commands,
    evidence_commands,
    import_commands,
    quarantine_commands,
    stops_commands,
    tables_commands,
    task_commands,
)
from edge.cli.letters import be_readable, foreign
from edge.cli.options import HERE, Config, From, Json, Line, Machine, Measure, To, room
from edge.errors import LineproofError, Refused

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
archive = typer.Typer(no_args_is_help=True, help="What the archive holds.")
target = typer.Typer(no_args_is_help=True, help="What was promised, and what became of it.")
app.add_typer(archive, name="archive")
app.add_typer(import_commands.app, name="import")
app.add_typer(baseline_commands.app, name="baseline")
app.add_typer(target, name="target")
app.add_typer(evidence_commands.app, name="evidence")
app.add_typer(quarantine_commands.app, name="quarantine")
app.add_typer(audit_commands.app, name="audit")
app.add_typer(task_commands.app, name="task")
app.add_typer(stops_commands.app, name="stops")
app.add_typer(tables_commands.app, name="tables")

Sector = Literal["mask", "plating", "kit"]
INTERRUPTED = 130  # by Ctrl-C, as shells have it


def told_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    """Answer `--version` and end."""
    if asked:
        room("version").command(json=False)
        raise typer.Exit


@app.callback()
def lineproof(
    *,
    _: Annotated[
        bool, typer.Option("--version", callback=told_version, is_eager=True, help="print it")
    ] = False,
) -> None:
    """Shop-floor monitoring for small factories: every sample kept, every figure defended."""


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="port of the pages", min=1, max=65_535)] = 8000,
    days: Annotated[
        int, typer.Option(help="days of history to simulate; verdicts take 65", min=1, max=400)
    ] = 80,
    data: Annotated[Path | None, typer.Option(help="where the demo keeps its site")] = None,
) -> None:
    """Three simulated lines, with history and proven improvement.

    OPC UA and MQTT are real. The data are kept in --data, by default
    ~/.local/share/lineproof/demo; delete that folder to start anew.
    """
    with room("demo_children").family() as children:  # from the first second on
        room("demo").command(port, days, data, children)


@app.command()
def run(config: Config = HERE) -> None:
    """Collect, keep, compute and show: the service."""
    room("run").command(config)


@app.command()
def check(
    config: Config = HERE,
    *,
    online: Annotated[bool, typer.Option("--online", help="try every source and sink")] = False,
    json: Json = False,
) -> None:
    """Read the configuration and list every fault."""
    room("check").command(config, online=online, json=json)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="a new folder")],
    *,
    profile: Annotated[Sector | None, typer.Option(help="sector of the line")] = None,
) -> None:
    """Write a commented configuration to start from."""
    room("init").command(folder, profile)


@app.command()
def status(config: Config = HERE, *, json: Json = False) -> None:
    """What the running service says of itself."""
    room("status").command(config, json=json)


@app.command()
def clock(
    config: Config = HERE,
    *,
    confirm: Annotated[bool, typer.Option("--confirm", help="it is right as it stands")] = False,
    json: Json = False,
) -> None:
    """What this box's clock is worth, and why."""
    room("timekeeping").command(config, confirm=confirm, json=json)


@app.command()
def export(  # noqa: PLR0913 - one option each
    from_: From,
    to: To,
    out: Annotated[Path, typer.Option("--out", help="file to write")],
    form: Annotated[str, typer.Option("--format", help="csv, parquet or ndjson")] = "csv",
    signal: Annotated[list[str] | None, typer.Option(help="path of a signal; none: all")] = None,
    config: Config = HERE,
    *,
    force: Annotated[bool, typer.Option("--force", help="over a file that is there")] = False,
    json: Json = False,
) -> None:
    """Write samples of an interval to a file."""
    target = room("export").checked(form, out, force=force)
    room("export").command(config, (from_, to), signal or [], target, json=json)


@archive.command("list")
def archive_list(config: Config = HERE, *, json: Json = False) -> None:
    """The live parts of the archive with their hashes."""
    room("archive_list").command(config, json=json)


@app.command()
def kpi(  # noqa: PLR0913 - one option each
    line: Line,
    from_: From,
    to: To,
    by: Annotated[
        str, typer.Option(help="shift, day, hour, product, order, machine, reason")
    ] = "shift",
    config: Config = HERE,
    *,
    explain: Annotated[bool, typer.Option("--explain", help="what made a figure")] = False,
    machine: Annotated[str | None, typer.Option(help="id of a machine; none: all")] = None,
    measure: Annotated[str | None, typer.Option(help="name of a measure; none: all")] = None,
    baseline: Annotated[str | None, typer.Option(help="explain by its cycles and prices")] = None,
    json: Json = False,
) -> None:
    """Figures of a line, each with unit, bounds and coverage."""
    if explain:
        room("explain").command(config, (line, machine, measure, baseline), (from_, to), json=json)
    else:
        room("kpi").command(config, (line, machine, measure, baseline), (from_, to), by, json=json)


app.command("programme")(evidence_commands.programme)


CONDITIONS = "asked beside the verdict: mix, shift, lot, weekday or a signal's path; again for each"


@target.command("set")
def target_set(  # noqa: PLR0913 - one option each
    line: Annotated[str, typer.Option("--line", help="id of a line, or several with commas")],
    measure: Measure,
    baseline: Annotated[list[str], typer.Option(help="id of a baseline; again for each line")],
    go_live: Annotated[str, typer.Option(help="day on which the improvement began to work")],
    *,
    improve: Annotated[float | None, typer.Option(help="share to the good, 0.1 = 10 %")] = None,
    value: Annotated[float | None, typer.Option(help="value to reach")] = None,
    due: Annotated[str | None, typer.Option(help="day as 2026-11-02")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="report window, begin")] = None,
    to: Annotated[str | None, typer.Option("--to", help="report window, end")] = None,
    condition: Annotated[list[str] | None, typer.Option(help=CONDITIONS)] = None,
    machine: Machine = None,
    config: Config = HERE,
    json: Json = False,
) -> None:
    """Agree on a target against frozen baselines."""
    aim = (line.split(","), machine, measure, baseline, condition)
    room("targets").agree(config, aim, (improve, value), (go_live, due, from_, to), json=json)


@target.command("list")
def target_list(config: Config = HERE, *, json: Json = False) -> None:
    """All targets with verdicts."""
    room("targets").listed(config, json=json)


@target.command("show")
def target_show(
    id_: Annotated[str, typer.Argument(metavar="ID")],
    config: Config = HERE,
    *,
    explain: Annotated[bool, typer.Option("--explain", help="what made its verdict")] = False,
    json: Json = False,
) -> None:
    """One target."""
    if explain:
        room("explain_target").command(config, id_, json=json)
    else:
        room("targets").show(config, id_, json=json)


@app.command()
def recount(
    sinks: Annotated[list[str] | None, typer.Argument(metavar="SINK", help="none: all")] = None,
    config: Config = HERE,
    *,
    hours: Annotated[int, typer.Option(help="back from now", min=1, max=168)] = 24,
    json: Json = False,
) -> None:
    """Count what sinks hold; what is missing is written again. Exit 1 where some stays missing."""
    room("recount").command(config, sinks or [], hours, json=json)


@app.command()
def version(*, json: Json = False) -> None:
    """The version of this software."""
    room("version").command(json=json)


def main() -> None:
    """Run the command; an error of ours ends with its message and its exit code."""
    be_readable()
    try:
        app()
    except LineproofError as error:
        end(error)
    except ExceptionGroup as group:  # of the service's tasks
        ours, others = group.split(LineproofError)
        if ours is None or others is not None:
            raise
        end(ours)
    except OSError as error:
        if told := import_module("edge.cli.forbidden").told(error):
            end(told)
        raise
    except UnicodeEncodeError:
        if says := foreign(sys.argv[1:]):
            end(Refused(says))
        raise
    finally:
        sys.excepthook = on_bug  # typer has put its own there


def on_bug(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    """Say in one line that this is our fault and where the trace lies, and end with 70."""
    if issubclass(kind, KeyboardInterrupt) or interrupted(error):
        sys.exit(INTERRUPTED)
    structlog = import_module("structlog")
    if structlog.is_configured() and (not sys.stderr.isatty() or "LINEPROOF_LOG" in os.environ):
        structlog.get_logger().critical("bug", exc_info=error)
    where = import_module("edge.cli.bug").kept(error)
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frame = extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}: {error}"
    typer.echo(f"a bug of ours, please report it: {what}; {where}", err=True)
    sys.stdout.flush()
    os._exit(LineproofError.exit_code)  # libraries would complain of what the trace still holds


def interrupted(error: BaseException) -> bool:
    """Whether it is what a library made of Ctrl-C, such as a class that was just being defined."""
    while (origin := error.__cause__ or error.__context__) is not None:
        if isinstance(origin, KeyboardInterrupt):
            return True
        error = origin
    return False


def end(error: LineproofError | ExceptionGroup[LineproofError]) -> NoReturn:
    """End with the message and the exit code; of several errors with those of the first."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    typer.echo(str(error), err=True)
    sys.exit(error.exit_code)
