"""The one table that says which local program stands for which container image.

There is no image registry in the sandbox: a pod's image names a row of `IMAGES`, and the
process runs in this checkout's own environment. Registry, path prefix, tag and digest are
ignored, so `registry.example/team/logferry:1.2` and `logferry` are the same image.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT_BIN = Path(sys.prefix) / "bin"
"""Where the console scripts of the Python environment are that the runner itself runs in."""


class ImageNotKnownError(Exception):
    """No local program stands for the image; the message names the table."""


def python_environment() -> dict[str, str]:
    """The ENV of an image made for a Python program: its PATH, and logs that are seen as they are written."""
    return {"PATH": f"{ENVIRONMENT_BIN}:{SYSTEM_PATH}", "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True, slots=True)
class LocalImage:
    """What an image would bring: its ENTRYPOINT and its ENV."""

    entrypoint: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=python_environment)


IMAGES: Mapping[str, LocalImage] = {
    "logpipeline-operator": LocalImage(("logpipeline",)),
    "logferry": LocalImage(("logferry",)),
    "sandbox-python": LocalImage(("python",)),
}


def repository_name(image: str) -> str:
    """The last part of an image's name: without registry, prefix, tag and digest."""
    without_digest = image.split("@", 1)[0]
    return without_digest.rsplit("/", 1)[-1].split(":", 1)[0]


def find_image(image: str) -> LocalImage:
    """The row of the table for an image.

    Raises ImageNotKnownError: there is none.
    """
    name = repository_name(image)
    if name not in IMAGES:
        known = ", ".join(sorted(IMAGES))
        raise ImageNotKnownError(
            f"no local program stands for image {image!r}: the table IMAGES in sandbox/pods/images.py "
            f"has no {name!r} (it has {known}); add a row there"
        )
    return IMAGES[name]
