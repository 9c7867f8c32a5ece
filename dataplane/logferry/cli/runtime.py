"""What every long-running command needs around it."""

import logging
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import structlog

from logferry.endpoints import parse_listen, serve
from logferry.health import Health
from logferry.lifecycle import Shutdown
from logferry.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a command is stopped, how it says that it is well, and what it counts."""

    shutdown: Shutdown
    health: Health
    metrics: Metrics


@contextmanager
def running(listen: str) -> Iterator[Runtime]:
    """Logging, signals and HTTP, as long as the command runs."""
    configure_logging()
    shutdown, health, metrics = Shutdown(), Health(), Metrics()
    with closing(shutdown), serve(parse_listen(listen), health, metrics.registry):
        shutdown.install()
        yield Runtime(shutdown, health, metrics)


def configure_logging() -> None:
    """Lines for people on a terminal, JSON elsewhere; on standard error, as results go to standard output."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
