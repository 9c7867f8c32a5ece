"""Builds what is missing, once, into the cache; two builds at a time wait for one another."""

import os
import selectors
import shutil
import signal
import subprocess
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from sandbox import tools
from sandbox.cache import Cache
from sandbox.errors import SandboxError
from sandbox.locks import exclusive
from sandbox.progress import Progress, Step
from sandbox.recipes import STAGE, Recipe, recipes

QUIET_SECONDS = 2.0
"""Go names each module as it downloads it; after this long without one, it compiles."""
SHOWN_LINES = 15
_STAGE_PREFIX = "stage-"


def missing(cache: Cache, names: Collection[str]) -> list[Recipe]:
    """What is neither in the cache nor provided by the user."""
    return [
        recipe
        for name, recipe in recipes(cache).items()
        if name in names and not recipe.target.exists() and not cache.binary(name).exists()
    ]


def ensure(cache: Cache, names: Collection[str], progress: Progress) -> None:
    """Build what is missing of these."""
    needed = missing(cache, names)
    if not needed:
        return
    tools_needed = [tool for recipe in needed for tool in recipe.tools]
    tools.install_missing(tools_needed, progress)
    tools.check_versions(tools_needed)
    for recipe in needed:
        progress.report(recipe.name, Step.WAITING, f"usually {recipe.usual_seconds} s")

    def somebody_else_builds() -> None:
        for recipe in needed:
            progress.report(recipe.name, Step.WAITING, "another build is under way")

    with exclusive(cache.root / "lock", somebody_else_builds):
        _remove_interrupted(cache)
        still_needed = missing(cache, names)
        for recipe in needed:
            if recipe in still_needed:
                _make(recipe, cache, progress)
            progress.report(recipe.name, Step.READY)


def _make(recipe: Recipe, cache: Cache, progress: Progress) -> None:
    """Make one product in a folder beside the cache's, then move it into place whole."""
    stage = Path(mkdtemp(prefix=_STAGE_PREFIX, dir=cache.root))
    try:
        _run(recipe, stage, progress)
        recipe.target.parent.mkdir(parents=True, exist_ok=True)
        (stage / recipe.product).rename(recipe.target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _run(recipe: Recipe, stage: Path, progress: Progress) -> None:
    environment = {key: value.replace(STAGE, str(stage)) for key, value in recipe.environment.items()}
    first, *arguments = (part.replace(STAGE, str(stage)) for part in recipe.command)
    command = [str(tools.find(first)), *arguments]
    with subprocess.Popen(
        command,
        cwd=recipe.folder or stage,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            output = _follow(process, recipe, progress)
        finally:
            _end_group(process)
    if process.returncode != 0:
        progress.report(recipe.name, Step.FAILED)
        end = "\n".join(output.splitlines()[-SHOWN_LINES:])
        raise SandboxError(
            f"{recipe.name} could not be built (exit code {process.returncode}): {' '.join(command)}\n{end}\n"
            "Run the command again when the cause is gone: what is built already is kept."
        )


def _follow(process: subprocess.Popen[bytes], recipe: Recipe, progress: Progress) -> str:
    """Read the output to its end, and tell downloading from compiling by it."""
    if process.stdout is None:
        return ""
    usually = f"usually {recipe.usual_seconds} s"
    progress.report(recipe.name, Step.BUILDING, usually)
    output = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(QUIET_SECONDS):
                progress.report(recipe.name, Step.BUILDING, usually)
                continue
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                break
            output += chunk
            if b"downloading" in chunk:
                progress.report(recipe.name, Step.DOWNLOADING, usually)
    process.wait()
    return output.decode(errors="replace")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the compiler with its children when we are interrupted; nothing is left to end otherwise."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _remove_interrupted(cache: Cache) -> None:
    for stage in cache.root.glob(f"{_STAGE_PREFIX}*"):
        shutil.rmtree(stage, ignore_errors=True)
