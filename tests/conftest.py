"""Real Kafka, Redis and Kubernetes for the tests that need them, each started by the first that asks.

All tests of a session share one sandbox, which is gone afterwards. `pytest --sandbox DIR` uses the one in
DIR instead, starts what does not run there, and leaves it running for the next time.
"""

import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sandbox.sandbox import Sandbox
from tests.helm import Helm
from tests.kubectl import Kubectl

ROOT = Path(__file__).parents[1]
CRDS = ROOT / "crds"
ESTABLISHED = 'jsonpath={.status.conditions[?(@.type=="Established")].status}=True'
"""What to wait for. Not `condition=…`: that fails at once on a CRD which has no conditions yet."""
SANDBOXES = ROOT / ".sandbox"

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sandbox", type=Path, metavar="DIR", help="use, and keep, the sandbox in DIR")


@pytest.fixture(scope="session")
def sandbox_directory(pytestconfig: pytest.Config) -> Iterator[Path]:
    """Where this session's sandbox is."""
    kept: Path | None = pytestconfig.getoption("--sandbox")
    if kept is not None:
        yield kept.absolute()
        return
    end_abandoned(SANDBOXES)
    own = SANDBOXES / f"test-{os.getpid()}"
    before = signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", returncode=143))
    yield own
    Sandbox(own).down(wipe=True)
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def kafka_bootstrap(sandbox_directory: Path) -> str:
    """The address of a real Kafka broker."""
    return _up(sandbox_directory, "kafka").kafka_bootstrap


@pytest.fixture(scope="session")
def redis_url(sandbox_directory: Path) -> str:
    """The address of a real Redis server."""
    return _up(sandbox_directory, "redis").redis_url


@pytest.fixture(scope="session")
def cluster(sandbox_directory: Path) -> Sandbox:
    """A real Kubernetes cluster whose pods are local processes, with Kafka and Redis beside it."""
    return _up(sandbox_directory, "kubernetes", "kafka", "redis")


@pytest.fixture(scope="session")
def kubectl(cluster: Sandbox) -> Kubectl:
    """Run kubectl as the cluster's administrator."""
    return Kubectl(cluster.binary("kubectl"), cluster.kubeconfig)


@pytest.fixture(scope="session")
def helm(cluster: Sandbox) -> Helm:
    """Run helm as the cluster's administrator."""
    return Helm(cluster.binary("helm"), cluster.kubeconfig)


@pytest.fixture(scope="session")
def crds(kubectl: Kubectl) -> None:
    """Our resources are known to the cluster."""
    kubectl("apply", "--server-side", "--force-conflicts", "-f", str(CRDS))
    kubectl("wait", f"--for={ESTABLISHED}", "--timeout=30s", "-f", str(CRDS))


@pytest.fixture
def namespace(kubectl: Kubectl) -> Iterator[str]:
    """A namespace for one test, with the service account that pods need."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    kubectl("wait", "--for=create", "--timeout=30s", "serviceaccount/default", namespace=name)
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def _up(directory: Path, *components: str) -> Sandbox:
    sandbox = Sandbox(directory, components)
    sandbox.up()
    return sandbox


def end_abandoned(sandboxes: Path) -> None:
    """End the sandboxes of test sessions that were killed before they could do it themselves."""
    for directory in sandboxes.glob("test-*"):
        if not Path("/proc", directory.name.removeprefix("test-")).exists():
            Sandbox(directory).down(wipe=True)
