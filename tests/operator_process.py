"""The operator as a process of its own: what a test can ask it, and do to it."""

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.kubectl import Kubectl

PROGRAM = Path(sys.executable).with_name("logpipeline")
ANSWER_WITHIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class OperatorProcess:
    """One that was started, and may have ended."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def says(self, path: str) -> tuple[int, str]:
        """The status and the text that it answers, to `/healthz` for example; 0 where it does not."""
        try:
            url = f"http://127.0.0.1:{self.port}{path}"
            with urllib.request.urlopen(url, timeout=ANSWER_WITHIN_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    @property
    def is_ready(self) -> bool:
        """Whether it says so."""
        return self.says("/readyz")[0] == 200

    @property
    def leads(self) -> bool | None:
        """Whether it leads; None where it does not answer."""
        for family in text_string_to_metric_families(self.says("/metrics")[1]):
            if family.name == "logpipeline_leader":
                return bool(family.samples[0].value)
        return None

    def log_tail(self) -> str:
        """The end of what it logged."""
        return self.log.read_text()[-3_000:]


@contextmanager
def operator_process(kubeconfig: Path, log: Path, **settings: object) -> Iterator[OperatorProcess]:
    """Start one with `settings` in place of the defaults; it is gone at the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    chosen = {f"LOGPIPELINE_{name.upper()}": str(value) for name, value in settings.items()}
    where = {"LOGPIPELINE_HOST": "127.0.0.1", "LOGPIPELINE_PORT": str(port), "KUBECONFIG": str(kubeconfig)}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [PROGRAM, "run"], env={**os.environ, **where, **chosen}, stdout=output, stderr=output
        )
    try:
        yield OperatorProcess(process, port, log)
    finally:
        process.kill()
        process.wait(ANSWER_WITHIN_SECONDS)


def kubeconfig_of(
    kubectl: Kubectl, account: str, namespace: str, file: Path, server: str | None = None
) -> Path:
    """Write the kubeconfig of a service account, who may do everything in its namespace; the file's path."""
    kubectl("create", "serviceaccount", account, namespace=namespace)
    subject = f"--serviceaccount={namespace}:{account}"
    kubectl("create", "rolebinding", account, "--clusterrole=cluster-admin", subject, namespace=namespace)
    token = kubectl("create", "token", account, namespace=namespace).stdout.strip()
    config = json.loads(kubectl("config", "view", "--raw", "--output=json").stdout)
    for user in config["users"]:
        user["user"] = {"token": token}
    for cluster in config["clusters"]:
        cluster["cluster"]["server"] = server or cluster["cluster"]["server"]
    file.write_text(json.dumps(config))
    return file
