"""YAML files of users: scenarios and LogPipelines, or a sentence for each thing that cannot be used."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from logpipeline.api.logpipeline import API_VERSION, KIND
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.api.sale import Expected, SalesEventSpec, Schedule
from logpipeline.api.salesevent import KIND as SALE
from logpipeline.core.schedule import problem
from logpipeline.sim.scenario import Scenario
from logpipeline.simulate.options import UnusableError

Model = TypeVar("Model", bound=BaseModel)

MOST_SENTENCES = 10
"""Of one file; whoever mends so many looks again anyway."""
BAD_SCALARS = (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError)
"""What the YAML library raises for scalars that are not what their tag says, and for great depths."""


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file. Raises UnusableError."""
    documents = documents_in(path)
    if len(documents) != 1:
        raise UnusableError(f"{path} has {len(documents)} documents: a scenario is one")
    return checked(Scenario, documents[0], str(path))


def read_pipeline(path: Path) -> tuple[str, LogPipelineSpec]:
    """Name and spec of the one LogPipeline in a file, beside others. Raises UnusableError."""
    found = [each for each in documents_in(path) if isinstance(each, dict) and each.get("kind") == KIND]
    if len(found) != 1:
        raise UnusableError(f"{path} has {len(found)} documents of kind {KIND}: give a file with one")
    return pipeline_in(found[0], path)


def read_events(paths: Sequence[Path]) -> Mapping[str, SalesEventSpec]:
    """The SalesEvents of these files, each of which has some, by name. Raises UnusableError."""
    specs: dict[str, SalesEventSpec] = {}
    for path in paths:
        found = [each for each in documents_in(path) if isinstance(each, dict) and each.get("kind") == SALE]
        if not found:
            raise UnusableError(f"{path} has no document of kind {SALE}")
        for document in found:
            name, spec = event_in(document, path)
            if name in specs:
                raise UnusableError(f"{path}: {name} was given before: give each {SALE} a name of its own")
            specs[name] = spec
    return specs


def pipeline_in(document: Mapping[str, object], path: Path) -> tuple[str, LogPipelineSpec]:
    """Name and spec of the LogPipeline in a document of `path`. Raises UnusableError."""
    if document.get("apiVersion") != API_VERSION:
        raise UnusableError(f"{path}: apiVersion is {document.get('apiVersion')!r}: write {API_VERSION}")
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return str(name or path.stem), checked(LogPipelineSpec, document.get("spec"), f"{path}: spec")


def event_in(document: Mapping[str, object], path: Path) -> tuple[str, SalesEventSpec]:
    """Name and spec of the SalesEvent in a document of `path`. Raises UnusableError."""
    if document.get("apiVersion") != API_VERSION:
        raise UnusableError(f"{path}: apiVersion is {document.get('apiVersion')!r}: write {API_VERSION}")
    metadata = document.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        raise UnusableError(f"{path}: metadata.name is missing: a {SALE} has one")
    spec = checked(SalesEventSpec, document.get("spec"), f"{path}: {name}: spec")
    for wrong in _refusals(spec):
        raise UnusableError(f"{path}: {name}: spec: {wrong}")
    return name, spec


def _refusals(spec: SalesEventSpec) -> Iterator[str]:
    """What an API server would refuse, in its words, and what the operator would say could never happen."""
    schedule, expected = spec.schedule, spec.expected
    announced = (expected.records_per_second, expected.multiplier, expected.replicas)
    if (schedule.at is None) == (schedule.cron is None):
        yield Schedule.validations[0].message
    if schedule.cron is None and (schedule.until or schedule.except_):
        yield Schedule.validations[1].message
    if sum(each is not None for each in announced) != 1:
        yield Expected.validations[0].message
    if spec.ready_before > spec.lead_time:
        yield SalesEventSpec.validations[0].message
    if (never := problem(spec)) is not None:
        yield never.message


def sentences(error: ValidationError) -> Sequence[str]:
    """What is wrong, a sentence for each place."""
    told = []
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        where = ".".join(str(part) for part in detail["loc"])
        what = detail["msg"].removeprefix("Value error, ")
        told.append(f"{where}: {what}" if where else what)
    return told


def documents_in(path: Path) -> Sequence[object]:
    """All that is in a YAML file. Raises UnusableError."""
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


def checked(model: type[Model], document: object, where: str) -> Model:
    """`document` as a model. Raises UnusableError with a sentence for each thing wrong in it."""
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
