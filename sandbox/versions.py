"""The versions of what the sandbox builds, read from the files that pin them."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from xml.etree import ElementTree as ET

from sandbox.errors import SandboxError

HERE = Path(__file__).parent
GO_MODULE = HERE / "tools"
KAFKA_POM = HERE / "kafka" / "pom.xml"

KWOK = "v0.7.0"
HELM = "v3.19.0"


@dataclass(frozen=True, slots=True)
class Versions:
    """What is pinned, and the names of the cache folders that follow from it."""

    kubernetes: str
    etcd: str
    kafka: str
    log4j: str
    kwok: str = KWOK
    helm: str = HELM

    @classmethod
    def pinned(cls) -> Self:
        """Read `tools/go.mod` and `kafka/pom.xml`."""
        module = (GO_MODULE / "go.mod").read_text()
        return cls(
            kubernetes=_required_by(module, "k8s.io/kubernetes"),
            etcd=_required_by(module, "go.etcd.io/etcd/server/v3"),
            kafka=_dependency_of(KAFKA_POM, "kafka_2.13"),
            log4j=_dependency_of(KAFKA_POM, "log4j-core"),
        )

    @property
    def binaries_key(self) -> str:
        """The folder of the Go programs."""
        return f"k8s-{self.kubernetes}_etcd-{self.etcd}_kwok-{self.kwok}_helm-{self.helm}"

    @property
    def kafka_key(self) -> str:
        """The folder of Kafka's libraries."""
        return f"kafka-{self.kafka}_log4j-{self.log4j}"


def _required_by(module: str, package: str) -> str:
    match = re.search(rf"^\s*{re.escape(package)}\s+(v\S+)", module, re.MULTILINE)
    if match is None:
        raise SandboxError(
            f"{GO_MODULE / 'go.mod'} requires no {package}: add the line that pins its version."
        )
    return match[1]


def _dependency_of(pom: Path, artifact: str) -> str:
    namespace = {"m": "http://maven.apache.org/POM/4.0.0"}
    for dependency in ET.parse(pom).iterfind(".//m:dependency", namespace):  # noqa: S314 (our own file)
        if dependency.findtext("m:artifactId", namespaces=namespace) == artifact:
            return dependency.findtext("m:version", default="", namespaces=namespace)
    raise SandboxError(f"{pom} has no dependency {artifact}: add it with its version.")
