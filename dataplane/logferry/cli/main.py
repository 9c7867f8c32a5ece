"""Entry point: the subcommands, and every failure as one sentence with an exit code."""

import sys
from typing import NoReturn

import typer
from confluent_kafka import KafkaException
from redis import RedisError

from logferry.cli import count as count_command
from logferry.cli import generate as generate_command
from logferry.cli import relay as relay_command
from logferry.cli import worker as worker_command
from logferry.errors import LogferryError

_HELP = """Moves access-log records: Redis stream -> relay -> Kafka topic -> worker -> NDJSON files.

Every option can be given by the environment instead: LOGFERRY_ and its name, as in LOGFERRY_KAFKA.
Exit codes: 0 done or stopped as asked, 1 failed while running, 2 an option has to be changed.
"""


def build() -> typer.Typer:
    """The command line with its subcommands."""
    app = typer.Typer(
        help=_HELP,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.command(epilog=worker_command.EXAMPLES)(worker_command.worker)
    app.command(epilog=relay_command.EXAMPLES)(relay_command.relay)
    app.command(epilog=generate_command.EXAMPLES)(generate_command.generate)
    app.command(epilog=count_command.EXAMPLES)(count_command.count)
    return app


def main() -> None:
    """Run the command line."""
    try:
        build()()
    except LogferryError as error:
        _fail(str(error), error.exit_code)
    except RedisError as error:
        _fail(f"Redis refused a command: {error}", LogferryError.exit_code)
    except KafkaException as error:
        _fail(f"Kafka's client refused a call: {error.args[0].str()}", LogferryError.exit_code)


def _fail(sentence: str, exit_code: int) -> NoReturn:
    sys.stderr.write(f"logferry: {sentence}\n")
    sys.exit(exit_code)
