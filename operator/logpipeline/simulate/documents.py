"""YAML files of users: scenarios and LogPipelines, or a sentence for each thing that cannot be used."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from logpipeline.api.logpipeline import API_VERSION, KIND
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.sim.scenario import Scenario
from logpipeline.simulate.options import UnusableError

Model = TypeVar("Model", bound=BaseModel)

MOST_SENTENCES = 10
"""Of one file; whoever mends so many looks again anyway."""
BAD_SCALARS = (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError)
"""What the YAML library raises for scalars that are not what their tag says, and for great depths."""


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file. Raises UnusableError."""
    documents = _documents(path)
    if len(documents) != 1:
        raise UnusableError(f"{path} has {len(documents)} documents: a scenario is one")
    return _checked(Scenario, documents[0], str(path))


def read_pipeline(path: Path) -> tuple[str, LogPipelineSpec]:
    """Name and spec of the one LogPipeline in a file, beside others. Raises UnusableError."""
    found = [each for each in _documents(path) if isinstance(each, dict) and each.get("kind") == KIND]
    if len(found) != 1:
        raise UnusableError(f"{path} has {len(found)} documents of kind {KIND}: give a file with one")
    document = found[0]
    if document.get("apiVersion") != API_VERSION:
        raise UnusableError(f"{path}: apiVersion is {document.get('apiVersion')!r}: write {API_VERSION}")
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return str(name or path.stem), _checked(LogPipelineSpec, document.get("spec"), f"{path}: spec")


def sentences(error: ValidationError) -> Sequence[str]:
    """What is wrong, a sentence for each place."""
    told = []
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(str(part) for part in detail["loc"])
        what = detail["msg"].removeprefix("Value error, ")
        told.append(f"{where}: {what}" if where else what)
    return told


def _documents(path: Path) -> Sequence[object]:
    try:
        return [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each is not None]
    except OSError as error:
        raise UnusableError(f"{path} cannot be read: {error.strerror or error}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = "" if mark is None else f", line {mark.line + 1}"
        raise UnusableError(f"{path}{line}: {error.problem}") from None
    except (yaml.YAMLError, *BAD_SCALARS) as error:
        raise UnusableError(f"{path} is no YAML: {error}") from None


def _checked(model: type[Model], document: object, where: str) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        told = sentences(error)
        more = [f"… and {len(told) - MOST_SENTENCES} more"] if len(told) > MOST_SENTENCES else []
        raise UnusableError(
            "\n".join([f"{where}: {each}" for each in told[:MOST_SENTENCES]] + more)
        ) from None
    except RecursionError:
        raise UnusableError(f"{where}: it is nested too deeply, or holds itself") from None
