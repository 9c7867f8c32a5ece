"""`python -m sandbox.pods`: run the pods of one node as local processes."""

import asyncio
import logging
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated

import aiohttp
import typer

from sandbox.pods.addresses import Addresses
from sandbox.pods.api import KubernetesApi
from sandbox.pods.orphans import end_orphans
from sandbox.pods.pod import Surroundings
from sandbox.pods.runner import Runner

logger = logging.getLogger("sandbox.pods")


@dataclass(frozen=True, slots=True)
class Settings:
    """How one runner was asked to run."""

    kubeconfig: Path
    node: str
    network: IPv4Network
    state: Path
    cluster: Mapping[str, str]
    start_delay_seconds: float


def main(
    *,
    kubeconfig: Annotated[Path, typer.Option(help="How to reach the API server, as an administrator.")],
    pod_cidr: Annotated[str, typer.Option(help="Loopback range for pod addresses, such as 127.42.0.0/16.")],
    state: Annotated[Path, typer.Option(help="Folder for logs, volumes and service-account tokens.")],
    cluster_env: Annotated[Path, typer.Option(help="File of KEY=VALUE lines that every process gets.")],
    node: Annotated[str, typer.Option(help="Name of the Node to be.")] = "runner",
    start_delay: Annotated[float, typer.Option(help="Seconds between binding and start of a pod.")] = 0.0,
) -> None:
    """Run the pods bound to one node as local processes, until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    state.mkdir(parents=True, exist_ok=True)
    cluster = read_variables(cluster_env)
    network = read_network(pod_cidr)
    asyncio.run(serve(Settings(kubeconfig, node, network, state.resolve(), cluster, start_delay)))


async def serve(settings: Settings) -> None:
    """Be the node until SIGTERM or SIGINT; every process is ended before this returns."""
    if orphans := end_orphans(settings.state):
        logger.info("ended %d processes that an earlier runner left behind", orphans)
    api = await KubernetesApi.connect(settings.kubeconfig)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as http:
        around = Surroundings(api, http, settings.state, settings.cluster, settings.start_delay_seconds)
        runner = Runner(settings.node, Addresses(settings.network), around)
        running = asyncio.create_task(runner.run())
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        try:
            await asyncio.wait({running})
        finally:
            await api.close()
        if not running.cancelled() and (error := running.exception()) is not None:
            raise error


def read_network(text: str) -> IPv4Network:
    """The range of pod addresses.

    Raises BadParameter: it is no network, or not one of this machine alone.
    """
    try:
        network = IPv4Network(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text}: {error}", param_hint="--pod-cidr") from error
    if not network.is_loopback:
        raise typer.BadParameter(f"{text} is not within 127.0.0.0/8", param_hint="--pod-cidr")
    return network


def read_variables(file: Path) -> dict[str, str]:
    """The KEY=VALUE lines of a file; empty lines and those that begin with # are left out.

    Raises BadParameter: the file is not there, or a line is none of these.
    """
    if not file.is_file():
        raise typer.BadParameter(f"{file} is not there; an empty file will do", param_hint="--cluster-env")
    lines = [line.strip() for line in file.read_text().splitlines()]
    variables: dict[str, str] = {}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator:
            raise typer.BadParameter(f"{file}: {line!r} is not KEY=VALUE", param_hint="--cluster-env")
        variables[name] = value
    return variables


if __name__ == "__main__":
    typer.run(main)
