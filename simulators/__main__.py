"""`python -m simulators describe | history | serve`: the simulated site from the command line.

One line of JSON per event on stdout, so that a parent process can follow.
"""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from simulators import history
from simulators.line import SECOND_NS
from simulators.manifest import describe, true_effects
from simulators.site import DAYS, SEED, lines

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code of the process."""
    options = _parser().parse_args(arguments)
    return int(options.run(options) or 0)


def _describe(options: argparse.Namespace) -> None:
    plant = lines(options.days)
    told = describe(plant, options.start, options.opcua_port, options.broker)
    if options.truth:
        end_ns = options.end or options.start + options.days * 86_400 * SECOND_NS
        told["truth"] = true_effects(plant, options.start, end_ns, options.seed)
    _say(told, indent=None if options.json else 2)


def _history(options: argparse.Namespace) -> None:
    span = options.start, options.end or options.start + options.days * 86_400 * SECOND_NS
    history.write(
        lines(options.days),
        span,
        options.seed,
        options.out,
        lambda day, done, of: _say({"day": day, "done": done, "of": of}),
    )


def _serve(options: argparse.Namespace) -> None:
    # Imported here: `describe` and `history` need no protocol.
    from simulators import serve  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        serve.run(
            serve.Options(
                lines(options.days),
                options.start,
                options.seed,
                options.opcua_port,
                options.broker,
                options.keys or Path(folder),
                options.speed,
                options.with_parent,
            )
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("simulators", description=__doc__)
    commands = parser.add_subparsers(required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--start", type=instant, required=True, help="when the plant was new")
    common.add_argument("--end", type=instant, help="end of history; default: start + days")
    common.add_argument("--days", type=int, default=DAYS, help="of history before it goes live")
    common.add_argument("--seed", type=int, default=SEED)
    served = argparse.ArgumentParser(add_help=False)
    served.add_argument("--opcua-port", type=int, default=4840, help="of the first PLC")
    served.add_argument("--broker", type=address, default=("127.0.0.1", 1883), help="host:port")

    command = commands.add_parser("describe", parents=[common, served], help="what there is")
    command.add_argument("--json", action="store_true", help="on one line")
    command.add_argument("--truth", action="store_true", help="with the true effect of the levers")
    command.set_defaults(run=_describe)
    command = commands.add_parser("history", parents=[common], help="the past as .npz files")
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(run=_history)
    command = commands.add_parser("serve", parents=[common, served], help="the plant, live")
    command.add_argument("--keys", type=Path, help="folder of the PLCs' certificates")
    command.add_argument("--speed", type=float, default=1.0, help="of plant time")
    command.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    command.set_defaults(run=_serve)
    return parser


def instant(text: str) -> int:
    """Nanoseconds UTC from RFC 3339 or from an integer of nanoseconds."""
    if text.lstrip("-").isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no offset; write 2026-03-01T08:00:00+09:00")
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def address(text: str) -> tuple[str, int]:
    """Host and port."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not host:port; write 127.0.0.1:1883")
    return host, int(port)


def _say(document: object, indent: int | None = None) -> None:
    json.dump(document, sys.stdout, ensure_ascii=indent is None, indent=indent)
    sys.stdout.write("\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
