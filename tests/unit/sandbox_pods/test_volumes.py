import base64
from pathlib import Path
from typing import Any, cast

import pytest

from sandbox.pods.api import ApiError, KubernetesApi
from sandbox.pods.environment import Identity
from sandbox.pods.launch import Launcher, PodFolder
from sandbox.pods.manifest import Pod
from sandbox.pods.process import Command
from sandbox.pods.state import NotStartableError
from sandbox.pods.volumes import prepare_volumes
from tests.unit.sandbox_pods.manifests import container, pod

Json = dict[str, Any]


class Server:
    """An API server with one Secret, one ConfigMap and a token for whoever asks."""

    def __init__(self) -> None:
        self._objects: Json = {
            "secrets/tls": {"data": {"key": base64.b64encode(b"\xff").decode()}},
            "configmaps/app": {
                "data": {"a": "1", "b": "2"},
                "binaryData": {"c": base64.b64encode(b"\xfe").decode()},
            },
        }

    async def get(self, path: str) -> Json:
        try:
            found: Json = self._objects[path.removeprefix("/api/v1/namespaces/shop/")]
        except KeyError:
            raise ApiError(404, "not found") from None
        return found

    async def create(self, path: str, body: Json) -> Json:
        assert path == "/api/v1/namespaces/shop/serviceaccounts/default/token"
        return {"status": {"token": f"token for {body['spec'].get('audiences')}"}}


API = cast("KubernetesApi", Server())


async def files(tmp_path: Path, **volume: object) -> dict[str, bytes]:
    """What a pod finds in a volume."""
    described = pod(volumes=[{"name": "v", **volume}])
    folders = await prepare_volumes(API, Identity(described, "127.9.0.1"), tmp_path)
    return {str(f.relative_to(folders["v"])): f.read_bytes() for f in folders["v"].rglob("*") if f.is_file()}


async def test_a_config_map_becomes_files(tmp_path: Path) -> None:
    assert await files(tmp_path, configMap={"name": "app"}) == {"a": b"1", "b": b"2", "c": b"\xfe"}


async def test_chosen_keys_become_files_of_chosen_names(tmp_path: Path) -> None:
    items = [{"key": "b", "path": "inner/bee"}]
    assert await files(tmp_path, configMap={"name": "app", "items": items}) == {"inner/bee": b"2"}


async def test_a_secret_becomes_files_with_the_mode_it_asks_for(tmp_path: Path) -> None:
    assert await files(tmp_path, secret={"secretName": "tls", "defaultMode": 0o400}) == {"key": b"\xff"}
    assert (tmp_path / "v" / "key").stat().st_mode & 0o777 == 0o400


async def test_several_sources_share_one_volume(tmp_path: Path) -> None:
    sources = [
        {"serviceAccountToken": {"path": "token", "audience": "kafka"}},
        {"configMap": {"name": "app", "items": [{"key": "a", "path": "a"}]}},
        {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
    ]
    found = await files(tmp_path, projected={"sources": sources})
    assert found == {"token": b"token for ['kafka']", "a": b"1", "name": b"web-0"}


@pytest.mark.parametrize(
    ("volume", "named"),
    [
        ({"secret": {"secretName": "none"}}, "Secret 'none' not found"),
        ({"configMap": {"name": "app", "items": [{"key": "z", "path": "z"}]}}, "no key 'z'"),
        ({"persistentVolumeClaim": {"claimName": "disk"}}, "does not offer persistentVolumeClaim"),
    ],
)
async def test_a_volume_that_cannot_be_had_is_named(tmp_path: Path, volume: Json, named: str) -> None:
    with pytest.raises(NotStartableError, match=named):
        await files(tmp_path, **volume)


async def test_an_optional_source_that_is_missing_leaves_the_volume_empty(tmp_path: Path) -> None:
    assert await files(tmp_path, secret={"secretName": "none", "optional": True}) == {}


async def command(described: Pod, tmp_path: Path) -> Command:
    folder = PodFolder(tmp_path / described.key, tmp_path)
    launcher = Launcher(API, Identity(described, "127.9.0.1"), folder, {"KAFKA_BOOTSTRAP": "127.0.0.1:9092"})
    await launcher.prepare_pod()
    return await launcher.prepare(described.containers[0])


async def test_without_a_command_the_image_decides_and_arguments_are_added(tmp_path: Path) -> None:
    described = pod(container(image="x/logferry:1", args=["work", "$(KAFKA_BOOTSTRAP)"]))
    assert (await command(described, tmp_path)).argv == ("logferry", "work", "127.0.0.1:9092")


async def test_a_command_takes_the_place_of_the_images(tmp_path: Path) -> None:
    described = pod(container(image="logferry", command=["sh"], args=["-c", "true"]))
    assert (await command(described, tmp_path)).argv == ("sh", "-c", "true")


async def test_mounted_folders_are_local_in_arguments_variables_and_working_directory(tmp_path: Path) -> None:
    described = pod(
        container(
            args=["--out=/data/logs"],
            workingDir="/data",
            env=[{"name": "OUT", "value": "/data/out"}],
            volumeMounts=[{"name": "data-files", "mountPath": "/data"}],
        ),
        volumes=[{"name": "data-files", "emptyDir": {}}],
    )
    local = tmp_path / described.key / "volumes" / "data-files"
    prepared = await command(described, tmp_path)
    assert prepared.argv == ("python", f"--out={local}/logs")
    assert prepared.environment["OUT"] == f"{local}/out"
    assert prepared.environment["MOUNT_DATA_FILES"] == str(local)
    assert prepared.directory == local
    assert local.is_dir()


async def test_nothing_of_the_runners_own_environment_reaches_a_pod(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_SECRET", "x")
    assert set((await command(pod(), tmp_path)).environment) == {
        "PATH",
        "PYTHONUNBUFFERED",
        "HOME",
        "TMPDIR",
        "LANG",
        "HOSTNAME",
        "SANDBOX_PODS_STATE",
        "KAFKA_BOOTSTRAP",
    }
