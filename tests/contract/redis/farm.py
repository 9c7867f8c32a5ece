"""Redis servers of a test's own: replicas, sentinels and clusters that may be broken to nobody's harm."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sandbox import tools
from sandbox.progress import Silent
from tests.servers.process import free_ports

WITHIN_SECONDS = 90.0


def eventually(is_so: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    give_up = time.monotonic() + WITHIN_SECONDS
    while True:
        try:
            if is_so():
                return
        except redis.RedisError:
            pass
        assert time.monotonic() < give_up, f"it never came to this: {what}"
        time.sleep(0.02)


class Server:
    """One process of Redis; it ends with the tests, however they end."""

    def __init__(self, folder: Path, *options: str, sentinel: bool = False) -> None:
        self.port = free_ports(1)[0]
        self.address = f"127.0.0.1:{self.port}"
        self.client = redis.Redis(port=self.port, socket_timeout=WITHIN_SECONDS, retry=Retry(NoBackoff(), 0))
        self._folder = folder / str(self.port)
        self._folder.mkdir()
        self._options = options
        self._sentinel = sentinel
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        configuration = self._folder / "redis.conf"  # a sentinel must be able to write to it
        if not configuration.exists():
            configuration.touch()
        command = [str(tools.find("redis-server")), str(configuration), "--port", str(self.port)]
        command += [
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self._folder),
            "--save",
            "",
            "--repl-diskless-sync-delay",
            "0",
        ]
        command += [*self._options, *(["--sentinel"] if self._sentinel else [])]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdout=log)
        if wait:
            eventually(self.client.ping, f"{self.address} answers")

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self.send(signal.SIGCONT)

    def stop(self) -> None:
        """Kill it, frozen or not."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(WITHIN_SECONDS)
            self._process = None

    def adopt(self, other: "Server") -> None:
        """Begin with the data of another server that has ended, at the next start."""
        shutil.copy(other._folder / "dump.rdb", self._folder)  # noqa: SLF001 - one of us

    def close(self) -> None:
        self.client.close()
        self.stop()


class Farm:
    """All servers of a test module."""

    def __init__(self, folder: Path) -> None:
        tools.install_missing(["redis-server"], Silent())
        self._folder = folder
        self._servers: list[Server] = []

    def server(self, *options: str, sentinel: bool = False) -> Server:
        server = Server(self._folder, *options, sentinel=sentinel)
        self._servers.append(server)
        server.start()
        return server

    def replica_of(self, primary: Server) -> Server:
        replica = self.server("--replicaof", "127.0.0.1", str(primary.port))
        self.synchronise(replica)
        return replica

    def synchronise(self, replica: Server) -> None:
        def linked() -> bool:
            return replica.client.info("replication").get("master_link_status") == "up"

        eventually(linked, "the replica follows its primary")

    def sentinels(self, primary: Server, count: int = 3) -> list[Server]:
        found = [self.server(sentinel=True) for _ in range(count)]
        for one in found:
            one.client.sentinel_monitor("shop", "127.0.0.1", primary.port, count // 2 + 1)
            one.client.sentinel_set("shop", "down-after-milliseconds", 500)
            one.client.sentinel_set("shop", "failover-timeout", 2_000)
        for one in found:
            eventually(lambda one=one: _knows(one, count - 1, primary), "the sentinels know each other")
        return found

    def cluster(self, primaries: int) -> list[Server]:
        options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000")
        options += ("--cluster-require-full-coverage", "no")
        nodes = [self.server(*options, "--cluster-port", str(free_ports(1)[0])) for _ in range(primaries)]
        share = -(-16_384 // primaries)
        for number, node in enumerate(nodes):
            first, last = number * share, min(16_383, (number + 1) * share - 1)
            node.client.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
        for node in nodes[1:]:
            bus = _bus_of(nodes[0])
            node.client.execute_command("CLUSTER MEET", "127.0.0.1", nodes[0].port, bus)
        self.settle(nodes)
        return nodes

    def settle(self, nodes: Sequence[Server]) -> None:
        def whole(node: Server) -> bool:
            info = node.client.cluster("INFO")
            return info["cluster_state"] == "ok" and info["cluster_slots_ok"] == "16384"

        for node in nodes:
            eventually(lambda node=node: whole(node), "the cluster is whole")

    def close(self) -> None:
        for server in self._servers:
            server.close()


def _knows(sentinel: Server, others: int, primary: Server) -> bool:
    state = sentinel.client.sentinel_master("shop")
    replicas = primary.client.info("replication")["connected_slaves"]
    return state["num-other-sentinels"] == others and state["num-slaves"] == replicas


def _bus_of(node: Server) -> int:
    return int(node.client.config_get("cluster-port")["cluster-port"])
