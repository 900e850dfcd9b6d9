"""Logs are events with fields on stderr; foreign text is quoted by the renderer."""

import logging
import sys

import structlog


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send our events to stderr and silence the libraries below warnings."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr, format="%(name)s %(message)s")
    fields = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            *(
                [structlog.dev.ConsoleRenderer()]
                if sys.stderr.isatty()
                else [structlog.processors.format_exc_info, fields]  # a trace is a field too
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
