"""What is built: Kubernetes, etcd, KWOK and helm with Go, Kafka's libraries with Maven."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.cache import Cache
from sandbox.versions import GO_MODULE, KAFKA_POM, Versions

STAGE = "{stage}"
"""In a command or its environment: the folder in which the product is to appear."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One product and the command that makes it."""

    name: str
    usual_seconds: int
    """On two cores with nothing downloaded yet: the compiler does not say how far it is."""
    tools: tuple[str, ...]
    command: tuple[str, ...]
    product: str
    """What the command leaves in the stage: a program or a folder."""
    target: Path
    """Where it is kept."""
    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def recipes(cache: Cache) -> dict[str, Recipe]:
    """All of them by name, in the order to build them: the Kubernetes programs share packages."""
    versions = cache.versions
    return {
        recipe.name: recipe
        for recipe in (
            _libraries("kafka", 15, cache.kafka_libraries),
            _of_the_module("etcd", 50, "go.etcd.io/etcd/server/v3", cache),
            *(
                _of_the_module(name, seconds, f"k8s.io/kubernetes/cmd/{name}", cache)
                for name, seconds in (
                    ("kube-apiserver", 130),
                    ("kube-controller-manager", 45),
                    ("kube-scheduler", 15),
                    ("kubectl", 30),
                )
            ),
            _installed("kwok", 65, f"sigs.k8s.io/kwok/cmd/kwok@{versions.kwok}", cache),
            _installed("helm", 50, f"helm.sh/helm/v3/cmd/helm@{versions.helm}", cache),
        )
    }


def _of_the_module(name: str, seconds: int, package: str, cache: Cache) -> Recipe:
    flags = ("-trimpath", "-ldflags", linker_flags(cache.versions))
    return Recipe(
        name=name,
        usual_seconds=seconds,
        tools=("go",),
        command=("go", "build", *flags, "-o", f"{STAGE}/{name}", package),
        product=name,
        target=cache.binaries / name,
        folder=GO_MODULE,
        environment={"CGO_ENABLED": "0"},
    )


def _installed(name: str, seconds: int, package: str, cache: Cache) -> Recipe:
    return Recipe(
        name=name,
        usual_seconds=seconds,
        tools=("go",),
        command=("go", "install", "-trimpath", "-ldflags", "-s -w", package),
        product=name,
        target=cache.binaries / name,
        environment={"CGO_ENABLED": "0", "GOBIN": STAGE},
    )


def _libraries(name: str, seconds: int, target: Path) -> Recipe:
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={STAGE}/libs", "-DincludeScope=runtime")
    return Recipe(
        name=name,
        usual_seconds=seconds,
        tools=("java", "mvn"),
        command=("mvn", "-B", "-q", "-f", str(KAFKA_POM), *goal),
        product="libs",
        target=target,
    )


def linker_flags(versions: Versions) -> str:
    """Stamp the version, which helm's `kubeVersion` check reads, and leave symbols out."""
    major, minor, _ = versions.kubernetes.removeprefix("v").split(".", 2)
    stamps = {
        "gitVersion": versions.kubernetes,
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "clean",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    stamped = [f"-X {package}.{key}={value}" for package in packages for key, value in stamps.items()]
    return " ".join(["-s", "-w", *stamped])
