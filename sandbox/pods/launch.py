"""From a container's spec to the command of its process."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.pods.api import KubernetesApi
from sandbox.pods.environment import (
    Identity,
    build_environment,
    expand,
    localize,
    mount_variable,
    references,
)
from sandbox.pods.images import ImageNotKnownError, LocalImage, find_image
from sandbox.pods.manifest import SERVICE_ACCOUNT_MOUNT, ContainerSpec
from sandbox.pods.process import MARK, Command
from sandbox.pods.state import NotStartableError, Reason
from sandbox.pods.volumes import look_up, mount_folders, prepare_volumes


@dataclass(frozen=True, slots=True)
class PodFolder:
    """Where one pod's files are; its logs outlive it."""

    root: Path
    state: Path

    @property
    def home(self) -> Path:
        """HOME and the working directory where the pod names none."""
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """TMPDIR."""
        return self.root / "tmp"

    @property
    def volumes(self) -> Path:
        """One folder per volume."""
        return self.root / "volumes"

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of the pod's service account."""
        return self.root / "kubeconfig"

    def log(self, container: str) -> Path:
        """Standard output and error of all runs of a container."""
        return self.root / f"{container}.log"

    def make(self) -> None:
        """Make the folders that every pod has."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.temporary.mkdir(exist_ok=True)


class Launcher:
    """Prepares the commands of one pod's containers."""

    def __init__(
        self, api: KubernetesApi, identity: Identity, folder: PodFolder, cluster: Mapping[str, str]
    ) -> None:
        self._api = api
        self._identity = identity
        self._folder = folder
        self._cluster = cluster
        self._volumes: dict[str, Path] = {}

    async def prepare_pod(self) -> None:
        """Make the pod's folders and volumes.

        Raises NotStartableError: a volume cannot be had.
        """
        self._folder.make()
        self._volumes = await prepare_volumes(self._api, self._identity, self._folder.volumes)

    async def prepare(self, container: ContainerSpec) -> Command:
        """The command of a container's next run, with Secrets and ConfigMaps as they are now.

        Raises NotStartableError: the image is not in the table, or something it refers to is missing.
        """
        image = _image(container)
        folders = mount_folders(container, self._volumes)
        found = await look_up(self._api, self._identity.pod.namespace, references(container))
        base = self._base(container, image, folders)
        environment = build_environment(container, self._identity, found, base)
        own = {e["name"] for e in container.environment}
        environment |= {name: localize(environment[name], folders) for name in own & environment.keys()}
        words = (*(container.command or image.entrypoint), *container.arguments)
        directory = localize(container.working_directory, folders) or str(self._folder.home)
        return Command(
            argv=tuple(localize(expand(word, environment), folders) for word in words),
            environment=environment,
            directory=Path(directory),
            log=self._folder.log(container.name),
        )

    def _base(
        self, container: ContainerSpec, image: LocalImage, folders: Mapping[str, str]
    ) -> dict[str, str]:
        """What every process of the pod gets before its own variables."""
        base = {
            **image.environment,
            "HOME": str(self._folder.home),
            "TMPDIR": str(self._folder.temporary),
            "LANG": "C.UTF-8",
            "HOSTNAME": self._identity.pod.name,
            MARK: str(self._folder.state),
            **self._cluster,
        }
        if container.has_service_account:
            base["KUBECONFIG"] = str(self._folder.kubeconfig)
        mounts = {
            mount_variable(m): folders[m.path] for m in container.mounts if m.path != SERVICE_ACCOUNT_MOUNT
        }
        return base | mounts


def _image(container: ContainerSpec) -> LocalImage:
    try:
        return find_image(container.image)
    except ImageNotKnownError as error:
        raise NotStartableError(Reason.IMAGE_ERROR, str(error)) from error
