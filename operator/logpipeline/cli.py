"""The `logpipeline` command."""

import asyncio
import sys
from importlib.metadata import version

import typer
from prometheus_client import disable_created_metrics
from pydantic import ValidationError
from pydantic_settings import SettingsError

from logpipeline.app import DISTRIBUTION, run
from logpipeline.check import NotAtWork, Subject, check
from logpipeline.handlers.audit import NotServed
from logpipeline.kube import ApiError
from logpipeline.login import connect
from logpipeline.logs import set_up_logs
from logpipeline.plan.command import EPILOG as PLANNING
from logpipeline.plan.command import plan
from logpipeline.settings import Settings
from logpipeline.simulate.command import EPILOG, simulate

NOT_AT_WORK = 1
UNUSABLE_SETTINGS = 2
NO_API_SERVER = 3
NO_ADDRESS = 4

app = typer.Typer(
    help="Keeps log pipelines drained: measures what waits in Kafka and Redis, and scales what empties it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


@app.command(name="run", epilog="Example: `KUBECONFIG=~/.kube/config logpipeline run`")
def run_operator() -> None:
    """Run the operator, until SIGTERM. Its settings are the `LOGPIPELINE_…` variables of the environment."""
    settings = _read_settings()
    set_up_logs(settings.log_format, settings.log_level)
    disable_created_metrics()  # type: ignore[no-untyped-call]
    try:
        asyncio.run(run(settings))
    except ApiError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NO_API_SERVER) from None
    except OSError as error:
        address = f"{settings.host}:{settings.port}"
        typer.echo(f"/metrics cannot be served on {address}: {error}; set LOGPIPELINE_PORT", err=True)
        raise typer.Exit(NO_ADDRESS) from None
    except ExceptionGroup as failures:
        unserved = failures.subgroup(NotServed)
        if unserved is None:
            raise
        typer.echo(str(unserved.exceptions[0]), err=True)
        raise typer.Exit(NO_API_SERVER) from None


@app.command(name="check", epilog="Example: `kubectl exec deploy/logpipeline-operator -- logpipeline check`")
def check_operator() -> None:
    """Ask whether an operator leads, as one of them would. The exit code is 1 if none does."""
    try:
        typer.echo(asyncio.run(_check(_read_settings())))
    except NotAtWork as answer:
        typer.echo(str(answer), err=True)
        raise typer.Exit(NOT_AT_WORK) from None
    except ApiError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NO_API_SERVER) from None


@app.command(epilog="Example: `logpipeline crd | kubectl apply --server-side -f -`")
def crd() -> None:
    """Print the CustomResourceDefinitions."""
    from logpipeline.api.crd import render  # noqa: PLC0415 - running the operator needs no YAML
    from logpipeline.api.resources import RESOURCES  # noqa: PLC0415 - nor what only the YAML needs

    typer.echo("---\n".join(map(render, RESOURCES)), nl=False)


app.command(epilog=EPILOG)(simulate)
app.command(epilog=PLANNING)(plan)


@app.command(name="version")
def print_version() -> None:
    """Print the version."""
    typer.echo(version(DISTRIBUTION))


def _read_settings() -> Settings:
    """The settings, or the end of the process with a line for each that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            name = "_".join(str(part) for part in detail["loc"]).upper()
            typer.echo(f"LOGPIPELINE_{name}={detail['input']!r} cannot be used: {detail['msg']}", err=True)
        raise typer.Exit(UNUSABLE_SETTINGS) from None
    except SettingsError as error:
        typer.echo(f'{error}: write lists as JSON, such as ["shop"]', err=True)
        raise typer.Exit(UNUSABLE_SETTINGS) from None


async def _check(settings: Settings) -> str:
    api = await connect(settings.write_deadline_seconds)
    try:
        subject = Subject(settings.lease_namespace, settings.lease_name, settings.watch_namespaces)
        return await check(api, subject)
    finally:
        await api.close()


def main() -> None:
    """The entry point of the distribution."""
    sys.exit(app())
