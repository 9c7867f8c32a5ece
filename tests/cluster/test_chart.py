"""What `helm` makes of the chart: what is installed, with which rights, and which values it refuses."""

import json

import pytest
import yaml

from logpipeline.settings import Settings
from tests.helm import CHART, Helm, HelmError, Manifest
from tests.kubectl import Kubectl
from tests.manifests import pipeline

pytestmark = pytest.mark.cluster


def of_kind(kind: str, manifests: list[Manifest]) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def pod_of(manifests: list[Manifest]) -> Manifest:
    [deployment] = of_kind("Deployment", manifests)
    pod: Manifest = deployment["spec"]["template"]["spec"]
    return pod


def environment_of(manifests: list[Manifest]) -> dict[str, str]:
    return {entry["name"]: entry.get("value", "") for entry in pod_of(manifests)["containers"][0]["env"]}


def rights_of(role: Manifest) -> dict[str, set[str]]:
    return {
        f"{group}/{resource}": set(rule["verbs"])
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def test_helm_has_nothing_to_say_against_the_chart(helm: Helm) -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", "--kube-version", "1.34", str(CHART))


def test_the_operator_may_do_what_it_does_and_nothing_else(helm: Helm) -> None:
    [role] = of_kind("ClusterRole", helm.template())
    assert rights_of(role) == {
        "logpipeline.io/logpipelines": {"list", "watch"},
        "logpipeline.io/logpipelines/status": {"patch"},
        "apps/deployments": {"list", "watch"},
        "apps/statefulsets": {"list", "watch"},
        "autoscaling/horizontalpodautoscalers": {"list", "watch"},
        "apps/deployments/scale": {"get", "patch"},
        "apps/statefulsets/scale": {"get", "patch"},
        "/events": {"create"},
    }


def test_watching_two_namespaces_gives_rights_in_these_two_and_nowhere_else(helm: Helm) -> None:
    manifests = helm.template("watchNamespaces={shop,bank}")
    assert of_kind("ClusterRole", manifests) == of_kind("ClusterRoleBinding", manifests) == []
    for kind in ("Role", "RoleBinding"):
        assert [found["metadata"]["namespace"] for found in of_kind(kind, manifests)] == ["shop", "bank"]
    assert all(binding["subjects"][0]["namespace"] == "ops" for binding in of_kind("RoleBinding", manifests))
    [clusterwide] = of_kind("ClusterRole", helm.template())
    assert all(rights_of(role) == rights_of(clusterwide) for role in of_kind("Role", manifests))
    assert environment_of(manifests)["LOGPIPELINE_WATCH_NAMESPACES"] == '["shop","bank"]'


def test_another_kind_of_workload_is_scaled_by_naming_it(helm: Helm) -> None:
    rollouts = "scalableResources[0].apiGroup=argoproj.io,scalableResources[0].resources={rollouts}"
    [role] = of_kind("ClusterRole", helm.template(rollouts))
    assert rights_of(role)["argoproj.io/rollouts/scale"] == {"get", "patch"}
    assert "argoproj.io/rollouts" not in rights_of(role)


def test_the_settings_of_the_chart_are_those_of_the_operator(
    helm: Helm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment_of(helm.template("watchNamespaces={shop}")).items():
        assert name.removeprefix("LOGPIPELINE_").lower() in Settings.model_fields, name
        if name != "LOGPIPELINE_HOST":
            monkeypatch.setenv(name, value)
    assert Settings() == Settings.model_construct(watch_namespaces=("shop",))


def test_the_pod_is_allowed_where_pods_must_be_restricted(helm: Helm) -> None:
    pod = pod_of(helm.template())
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_two_operators_never_run_at_once_during_an_upgrade(helm: Helm) -> None:
    [deployment] = of_kind("Deployment", helm.template())
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}


def test_prometheus_finds_the_metrics_unless_told_not_to(helm: Helm) -> None:
    [deployment] = of_kind("Deployment", helm.template())
    assert deployment["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"] == "8080"
    manifests = helm.template("metrics.annotations=false", "metrics.service=false")
    [bare] = of_kind("Deployment", manifests)
    assert "annotations" not in bare["spec"]["template"]["metadata"]
    assert of_kind("Service", manifests) == []


def test_crds_are_installed_with_the_chart_kept_when_it_goes_and_left_out_on_request(
    helm: Helm,
) -> None:
    [crd] = of_kind("CustomResourceDefinition", helm.template())
    committed = CHART.parents[1] / "crds" / "logpipelines.yaml"
    assert crd == yaml.safe_load(committed.read_text())
    assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert of_kind("CustomResourceDefinition", helm.template("crds.install=false")) == []


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("settings.sampelSeconds=1", "additional properties 'sampelSeconds' not allowed"),
        ("crd.install=false", "additional properties 'crd' not allowed"),
        ("settings.sampleSeconds=0", "minimum: got 0, want 0.5"),
        ("settings.logLevel=loud", "value must be one of 'debug', 'info', 'warning', 'error'"),
        ("watchNamespaces={Shop}", "'Shop' does not match pattern"),
        ("scalableResources[0].apiGroup=apps", "missing property 'resources'"),
        ("image.repository=", "minLength: got 0, want 1"),
        ("serviceAccount.create=false", "serviceAccount.name must say which service account to use"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(helm: Helm, value: str, complaint: str) -> None:
    with pytest.raises(HelmError, match=complaint.replace("'", ".")):
        helm.template(value)


@pytest.mark.usefixtures("crds")
def test_uninstalling_leaves_the_pipelines_and_installing_again_finds_them(
    helm: Helm, kubectl: Kubectl, namespace: str
) -> None:
    install = (
        "install",
        namespace,
        str(CHART),
        "--set",
        f"watchNamespaces={{{namespace}}}",
        "--take-ownership",
    )
    kubectl.apply(pipeline(), namespace)
    assert "kubectl get lp -A -o wide -w" in helm(*install, namespace=namespace)
    helm("uninstall", namespace, namespace=namespace)
    assert kubectl.get("deployments", namespace=namespace)["items"] == []
    assert kubectl.get("lp", "access-logs", namespace=namespace)["spec"]["stages"]
    helm(*install, namespace=namespace)
    helm("uninstall", namespace, namespace=namespace)


@pytest.mark.usefixtures("crds")
def test_an_upgrade_brings_the_crd_up_to_date(helm: Helm, kubectl: Kubectl, namespace: str) -> None:
    crd = "crd/logpipelines.logpipeline.io"
    outdated = json.dumps([{"op": "replace", "path": "/spec/names/shortNames", "value": ["old"]}])
    command = (namespace, str(CHART), "--set", f"watchNamespaces={{{namespace}}}", "--take-ownership")
    helm("install", *command, namespace=namespace)
    kubectl("patch", crd, "--type=json", "-p", outdated)
    helm("upgrade", *command, "--set", "settings.logLevel=debug", namespace=namespace)
    helm("uninstall", namespace, namespace=namespace)
    assert kubectl.get(crd, namespace=namespace)["spec"]["names"]["shortNames"] == ["lp"]
