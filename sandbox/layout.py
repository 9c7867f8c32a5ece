"""What one sandbox remembers, and the addresses that follow from it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from sandbox.cache import Cache
from sandbox.errors import SandboxError
from sandbox.paths import Paths


@dataclass(frozen=True, slots=True)
class State:
    """What a sandbox's directory remembers from one command to the next."""

    number: int
    """Its own on this machine (see `reservation`)."""
    ports: Mapping[str, int]
    brokers: int
    start_delay_seconds: float = 0.0
    """How long a pod takes to start, as pulling an image would."""
    components: tuple[str, ...] = ()
    """What the last `up` asked for."""

    @classmethod
    def load(cls, file: Path) -> Self | None:
        """Read it back; None where there is no sandbox yet."""
        try:
            fields = json.loads(file.read_text())
            return cls(**{**fields, "components": tuple(fields["components"])})
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise SandboxError(
                f"{file} cannot be read ({error!r}). End what it started with "
                f"`python -m sandbox down --wipe --dir {file.parent}` and begin anew."
            ) from error

    def save(self, file: Path) -> None:
        """Write it, whole or not at all."""
        draft = self.draft(file)
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n")
        draft.replace(file)

    @staticmethod
    def draft(file: Path) -> Path:
        """Where it is written before it takes the file's place."""
        return file.with_suffix(".new")


@dataclass(frozen=True, slots=True)
class Layout(Paths):
    """One sandbox: everything a component needs to know to be configured and started."""

    state: State
    cache: Cache

    @property
    def pod_network(self) -> str:
        """The network of the pods: loopback, and this sandbox's own."""
        return f"127.{self.state.number}.0.0/16"

    def port(self, name: str) -> int:
        """The port of this name on 127.0.0.1."""
        return self.state.ports[name]

    def address(self, port: str) -> str:
        """`127.0.0.1:PORT` of the port of this name."""
        return f"127.0.0.1:{self.port(port)}"

    @property
    def api_server(self) -> str:
        """The URL of the Kubernetes API."""
        return f"https://{self.address('kube-apiserver')}"

    @property
    def kafka_bootstrap(self) -> str:
        """The addresses of all brokers, as clients take them."""
        return ",".join(self.address(f"kafka-{node}") for node in range(self.state.brokers))

    @property
    def redis_url(self) -> str:
        """The address of Redis, as clients take it."""
        return f"redis://{self.address('redis')}/0"

    @property
    def prometheus_url(self) -> str:
        """Prometheus' own pages and API."""
        return f"http://{self.address('prometheus')}"

    @property
    def alertmanager_url(self) -> str:
        """Alertmanager's own pages and API."""
        return f"http://{self.address('alertmanager')}"

    def service_addresses(self) -> dict[str, str]:
        """Environment variables that say where Kafka and the others are."""
        return {
            "KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            "REDIS_URL": self.redis_url,
            "PROMETHEUS_URL": self.prometheus_url,
            "ALERTMANAGER_URL": self.alertmanager_url,
        }

    def shell_environment(self) -> dict[str, str]:
        """What a shell needs to work in this sandbox."""
        return {
            "KUBECONFIG": str(self.kubeconfig()),
            "PATH": f"{self.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            **self.service_addresses(),
        }
