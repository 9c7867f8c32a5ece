"""Log lines: JSON for machines, text for people; one shape for ours and for the libraries'."""

import logging
import sys

import structlog

_QUIET = {"kopf": logging.WARNING, "aiohttp": logging.WARNING}
"""What the libraries say only matters when it is wrong."""


def set_up_logs(log_format: str, log_level: str) -> None:
    """Send everything to standard error, in one form. Called once, by the command."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    as_json = log_format == "json"
    final: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        *([structlog.processors.format_exc_info] if as_json else []),
        structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else _for_people(),
    ]
    handler = logging.StreamHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=final, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(log_level.upper())
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(max(level, root.level))


def _for_people() -> structlog.dev.ConsoleRenderer:
    """Colours only on a terminal; tracebacks without the values of variables, which may be secret."""
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
