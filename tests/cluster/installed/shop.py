"""One namespace, as the person sees it who works there with kubectl."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.cluster.installed.manifests import Json
from tests.cluster.installed.waiting import eventually
from tests.kubectl import Kubectl


class Told(NamedTuple):
    """What is said about a pipeline: one condition, or one Event of type Normal or Warning."""

    status: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Shop:
    """A namespace with pipelines and workloads."""

    kubectl: Kubectl
    namespace: str

    def run(self, *arguments: str) -> str:
        """What kubectl prints."""
        return self.kubectl(*arguments, namespace=self.namespace).stdout

    def apply(self, *manifests: Json) -> None:
        """Apply them, all at once."""
        everything = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self.kubectl.apply(everything, self.namespace)

    def refusal(self, manifest: Json) -> str:
        """What the API server answers to an edit that it refuses."""
        done = self.kubectl(
            "apply", "-f", "-", namespace=self.namespace, stdin=json.dumps(manifest), check=False
        )
        assert done.returncode, f"accepted: {manifest}"
        return done.stderr

    def get(self, what: str) -> Any:  # noqa: ANN401 (JSON of any kind)
        """An object, `lp/access-logs` for example."""
        return self.kubectl.get(what, "--show-managed-fields", namespace=self.namespace)

    def replicas(self, workload: str) -> int:
        """Replicas a workload asks for; a name without a kind is a Deployment's."""
        found = self.get(workload if "/" in workload else f"deployment/{workload}")
        count: int = found["spec"]["replicas"]
        return count

    def pods(self, app: str) -> dict[str, int]:
        """The pods of a workload that run and are not ending, by uid: how often each was started again."""
        items = self.kubectl.get("pods", f"--selector=app={app}", namespace=self.namespace)["items"]
        return {
            pod["metadata"]["uid"]: container["restartCount"]
            for pod in items
            if "deletionTimestamp" not in pod["metadata"]
            for container in pod["status"].get("containerStatuses", ())
            if container["ready"]
        }

    def condition(self, pipeline: str, kind: str) -> Told | None:
        """One condition of a pipeline, or of `sale/NAME`, if it speaks of the spec as it is now."""
        found = self.get(pipeline if "/" in pipeline else f"lp/{pipeline}")
        for condition in found.get("status", {}).get("conditions", ()):
            if condition["type"] == kind:
                current = condition["observedGeneration"] == found["metadata"]["generation"]
                return (
                    Told(condition["status"], condition["reason"], condition["message"]) if current else None
                )
        return None

    def events(self, pipeline: str, reason: str = "") -> Sequence[Told]:
        """Events about a pipeline, or about `sale/NAME`; those with one reason, if it is given."""
        kind = "SalesEvent" if "/" in pipeline else "LogPipeline"
        name = pipeline.rpartition("/")[2]
        selector = f"involvedObject.kind={kind},involvedObject.name={name}"
        listed = self.kubectl.get("events", f"--field-selector={selector}", namespace=self.namespace)["items"]
        told = [Told(event["type"], event["reason"], event["message"]) for event in listed]
        return [event for event in told if reason in ("", event.reason)]

    def until_replicas(self, workload: str, is_so: Callable[[int], bool], story: str) -> int:
        """Wait for a replica count."""
        return eventually(lambda: self.replicas(workload), is_so, story)

    def until_condition(self, pipeline: str, kind: str, status: str, reason: str) -> str:
        """Wait for a condition, and return its sentence."""
        told = eventually(
            lambda: self.condition(pipeline, kind),
            lambda seen: seen is not None and seen[:2] == (status, reason),
            f"{kind} of {pipeline} is not {status}, {reason}",
        )
        assert told is not None
        return told.message

    def until_event(self, pipeline: str, reason: str) -> Sequence[Told]:
        """Wait for the first Event with this reason."""
        story = f"no Event {reason} for {pipeline}"
        return eventually(lambda: self.events(pipeline, reason), bool, story)

    def until_governed(self, pipeline: str) -> None:
        """Wait until a pipeline is measured and governed."""
        self.until_condition(pipeline, "Ready", "True", "Governed")

    def created(self, manifest: Json) -> str:
        """Create an object under a name of its own, and say when the API server did that."""
        done = self.kubectl(
            "create", "-o", "json", "-f", "-", namespace=self.namespace, stdin=json.dumps(manifest)
        )
        time: str = json.loads(done.stdout)["metadata"]["creationTimestamp"]
        return time

    def workloads(self, name: str) -> list[Json]:
        """The Deployment of this name, where there is one."""
        listed = self.kubectl.get(
            "deployments",
            f"--field-selector=metadata.name={name}",
            "--show-managed-fields",
            namespace=self.namespace,
        )
        items: list[Json] = listed["items"]
        return items

    def table(self, what: str, *options: str) -> dict[str, str]:
        """The one line of `kubectl get`, by column. Columns are as wide as their titles tell."""
        title, line = self.run("get", what, *options).splitlines()
        columns = re.split(r"\s{2,}", title.strip())
        starts = [title.index(column) for column in columns]
        ends = [*starts[1:], max(len(line), len(title))]
        return {name: line[a:b].strip() for name, a, b in zip(columns, starts, ends, strict=True)}
