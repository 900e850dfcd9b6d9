"""The commands of `lineproof task`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from edge.cli.options import HERE, Config, Json, room

app = typer.Typer(no_args_is_help=True, help="Improvement tasks: agreed, done, proven, signed.")
Id = Annotated[str, typer.Argument(metavar="ID", help="of a task")]
Name = Annotated[str, typer.Option("--name", help="who says so, as typed: there are no accounts")]
Role = Annotated[str, typer.Option("--as", help="firm, mentor or sponsor")]
Title = Annotated[str | None, typer.Option(help="in a few words what shall become better")]
Company = Annotated[str | None, typer.Option(help="none: the site's name")]
LineOf = Annotated[str | None, typer.Option("--line", help="id of a line; none: the target's")]
MachineOf = Annotated[str | None, typer.Option("--machine", help="id of a machine; none: the line")]
Problem = Annotated[str | None, typer.Option(help="what is wrong now")]
Hypothesis = Annotated[str | None, typer.Option(help="why this will make it better")]
MeasureOf = Annotated[str | None, typer.Option("--measure", help="name of a measure")]
Baseline = Annotated[str | None, typer.Option(help="id of a frozen baseline")]
Target = Annotated[str | None, typer.Option(help="id of a target; it says measure, line and dates")]
Only = Annotated[str | None, typer.Option("--target", help="only those of this target")]
Due = Annotated[str | None, typer.Option(help="day as 2026-11-02")]
GoLive = Annotated[str | None, typer.Option(help="day on which it begins to work, as planned")]
Mentor = Annotated[str | None, typer.Option(help="name of the mentor")]
Day = Annotated[str, typer.Option(help="day as 2026-11-02")]

TERMS = (
    *("title", "company", "line", "machine", "problem", "hypothesis", "mentor"),
    *("measure", "baseline", "target", "due", "go_live"),
)


def terms(options: Mapping[str, object]) -> dict[str, object]:
    """The terms of a task among the options of a command."""
    return {name: options[name] for name in TERMS}


@app.command("add")
def add(  # noqa: PLR0913 - one option each
    title: Annotated[str, typer.Option(help="in a few words what shall become better")],
    line: LineOf = None,
    machine: MachineOf = None,
    measure: MeasureOf = None,
    baseline: Baseline = None,
    target: Target = None,
    *,
    problem: Problem = None,
    hypothesis: Hypothesis = None,
    due: Due = None,
    go_live: GoLive = None,
    company: Company = None,
    mentor: Mentor = None,
    config: Config = HERE,
    json: Json = False,
) -> None:
    """Propose a task."""
    room("tasks").add(config, terms(locals()), json=json)


@app.command("list")
def listed(config: Config = HERE, *, target: Only = None, json: Json = False) -> None:
    """All tasks with their status and what their figures prove."""
    room("tasks").listed(config, target, json=json)


@app.command("show")
def show(id_: Id, config: Config = HERE, *, json: Json = False) -> None:
    """One task with everything that was noted of it."""
    room("tasks").show(config, id_, json=json)


@app.command("set")
def change(  # noqa: PLR0913 - one option each
    id_: Id,
    title: Title = None,
    line: LineOf = None,
    machine: MachineOf = None,
    measure: MeasureOf = None,
    baseline: Baseline = None,
    *,
    target: Target = None,
    problem: Problem = None,
    hypothesis: Hypothesis = None,
    due: Due = None,
    go_live: GoLive = None,
    company: Company = None,
    mentor: Mentor = None,
    config: Config = HERE,
    json: Json = False,
) -> None:
    """Change the terms of a task; an option that is left out stays as it is."""
    room("tasks").amend(config, id_, terms(locals()), json=json)


@app.command("step")
def step(  # noqa: PLR0913 - one option each
    id_: Id,
    to: Annotated[
        str, typer.Option(help="agreed, running, claimed, verified, sustained, rejected")
    ],
    role: Role,
    name: Name,
    config: Config = HERE,
    *,
    reason: Annotated[
        str | None, typer.Option(help="why, where it goes back or is rejected")
    ] = None,
    json: Json = False,
) -> None:
    """Take a step with a task; what it still needs is said."""
    room("tasks").step(config, id_, (to, role, name, reason), json=json)


@app.command("sign")
def sign(
    id_: Id,
    role: Role,
    name: Name,
    config: Config = HERE,
    *,
    said: Annotated[str | None, typer.Option(help="what the signature is to say besides")] = None,
    json: Json = False,
) -> None:
    """Sign the terms of a task as they are now."""
    body = {"role": role, "name": name, "said": said}
    room("tasks").note_of(config, id_, "sign_off", body, json=json)


@app.command("comment")
def comment(
    id_: Id,
    text: Annotated[str, typer.Argument(help="what you say")],
    name: Name,
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Say something about a task."""
    room("tasks").note_of(config, id_, "comment", {"name": name, "text": text}, json=json)


@app.command("visit")
def visit(
    id_: Id,
    text: Annotated[str, typer.Argument(help="what was seen and agreed")],
    name: Name,
    day: Day,
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Write a visit into the log of a task."""
    body = {"name": name, "day": day, "text": text}
    room("tasks").note_of(config, id_, "visit", body, json=json)


@app.command("measure")
def measure_taken(
    id_: Id,
    text: Annotated[str, typer.Argument(help="what is done about it")],
    owner: Annotated[str, typer.Option(help="who sees to it")],
    day: Day,
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Add a counter-measure; charts show its day as a numbered flag."""
    body = {"text": text, "owner": owner, "day": day}
    room("tasks").note_of(config, id_, "countermeasure", body, json=json)


@app.command("photo")
def photo(
    id_: Id,
    file: Annotated[Path, typer.Argument(help="JPEG, PNG or WebP")],
    name: Name,
    config: Config = HERE,
    *,
    caption: Annotated[str | None, typer.Option(help="what it shows")] = None,
    json: Json = False,
) -> None:
    """Add a photo; it is made smaller, and what the camera wrote into it is left out."""
    room("tasks").photo(config, id_, file, {"name": name, "caption": caption}, json=json)


@app.command("withdraw")
def withdraw(
    id_: Id,
    of: Annotated[int, typer.Argument(metavar="N", help="number of a note", min=1)],
    name: Name,
    reason: Annotated[str, typer.Option(help="why")],
    config: Config = HERE,
    *,
    json: Json = False,
) -> None:
    """Take a note back; it stays in the record and is struck through."""
    body = {"of": of, "name": name, "reason": reason}
    room("tasks").note_of(config, id_, "withdrawal", body, json=json)
