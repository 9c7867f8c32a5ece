"""Scenarios and pipelines in YAML: what is read, and what is said of those that cannot be used."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.sim.scenario import Scenario
from logpipeline.simulate.documents import MOST_SENTENCES, read_pipeline, read_scenario
from logpipeline.simulate.options import UnusableError

EXAMPLES = Path(__file__).parents[3] / "examples"
SCENARIOS = sorted((EXAMPLES / "scenarios").glob("*.yaml"))
PIPELINES = sorted(path for path in EXAMPLES.glob("*.yaml") if "kind: LogPipeline\n" in path.read_text())
READERS = (read_scenario, read_pipeline)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["1h", "5m", "LogPipeline", "logpipeline.io/v1alpha1", "index", ".inf", "2020-13-45"]),
)
KEYS = st.sampled_from(
    [
        *("name", "title", "pipeline", "stages", "arrivals", "until", "seeds", "restarts", "arrivalNoise"),
        *("kind", "apiVersion", "metadata", "spec", "source", "scaling", "kafka", "capacity", "at", "rate"),
        *("index", "partitions", "measuring", "rebalance", "topics", "weights"),
    ]
)
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5))
)
SCRAPS = st.sampled_from(
    [
        *(
            "a: &a [*a]",
            "? [1]\n: 2",
            "!!int ''",
            "!!timestamp x",
            "!!python/object:os.x {}",
            "a: b: c",
            "\t- a",
        ),
        *("---\n---\n", "%YAML 9.9\n---\n", "'", "{", "- - - - -", "\x00", "!!float _", "!!binary '*'"),
        *("&a a: *b", "9" * 5_000, "0x", "0b", "1e400", "<<: 3", "!!set {a: 1}", "!!omap [a]"),
    ]
)


FUZZ = settings(max_examples=40, deadline=None)


def written(folder: Path, text: str) -> Path:
    path = folder / "lp.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    return path


def read_or_refused(read: Callable[[Path], object], text: str) -> object:
    """What is read, or the sentences instead; any other error is one of the test's."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), text)
        try:
            return read(path)
        except UnusableError as error:
            return str(error)


@given(DOCUMENTS, st.sampled_from(READERS))
def test_whatever_a_document_holds_it_is_read_or_refused(
    document: object, read: Callable[[Path], object]
) -> None:
    assert read_or_refused(read, yaml.safe_dump(document))


@FUZZ
@given(st.lists(st.one_of(SCRAPS, st.text(max_size=30)), max_size=4), st.sampled_from(READERS))
def test_whatever_text_a_file_is_it_is_read_or_refused(
    scraps: list[str], read: Callable[[Path], object]
) -> None:
    refused = read_or_refused(read, "\n".join(scraps))
    assert isinstance(refused, str)
    assert "lp.yaml" in refused


@FUZZ
@given(DOCUMENTS, st.sampled_from(SCENARIOS), KEYS)
def test_a_scenario_with_one_thing_changed_is_read_or_refused(change: object, path: Path, key: str) -> None:
    document = yaml.safe_load(path.read_text())
    document[key] = change
    outcome = read_or_refused(read_scenario, yaml.safe_dump(document))
    assert isinstance(outcome, Scenario | str)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_examples_are_scenarios_that_say_what_they_show(path: Path) -> None:
    scenario = read_scenario(path)
    assert scenario.name == path.stem
    assert scenario.title
    assert scenario.arrivals
    assert path.read_text().startswith("# ")


def test_the_examples_are_as_many_as_the_pains_they_show() -> None:
    assert len(SCENARIOS) >= 8


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_a_logpipeline_is_found_among_other_documents(path: Path) -> None:
    name, spec = read_pipeline(path)
    assert name
    assert isinstance(spec, LogPipelineSpec)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("kind: Deployment", "has 0 documents of kind LogPipeline"),
        ("kind: LogPipeline\n---\nkind: LogPipeline", "has 2 documents of kind LogPipeline"),
        ("kind: LogPipeline\napiVersion: v1", "apiVersion is 'v1': write logpipeline.io/v1alpha1"),
        ("kind: LogPipeline\napiVersion: logpipeline.io/v1alpha1\nspec: {stages: []}", "spec: stages"),
        ("a: [1,\nb: 2", "line 2"),
        ("a: 2020-13-45", "is no YAML"),
    ],
)
def test_what_is_wrong_with_a_pipeline_is_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UnusableError) as error:
        read_pipeline(written(tmp_path, text))
    assert sentence in str(error.value)
    assert "lp.yaml" in str(error.value)


def test_a_document_that_is_nested_beyond_measure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableError, match="is no YAML"):
        read_scenario(written(tmp_path, "[" * 500 + "]" * 500))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableError, match=r"gone\.yaml cannot be read: No such file"):
        read_scenario(tmp_path / "gone.yaml")


def test_a_scenario_is_refused_with_a_sentence_for_each_place_and_not_too_many(tmp_path: Path) -> None:
    document = yaml.safe_load(SCENARIOS[0].read_text())
    document |= {f"wrong{number}": 1 for number in range(20)} | {"until": "soon"}
    with pytest.raises(UnusableError) as error:
        read_scenario(written(tmp_path, yaml.safe_dump(document)))
    told = str(error.value).splitlines()
    assert len(told) == MOST_SENTENCES + 1
    assert "until: 'soon' is not a duration" in str(error.value)
    assert told[-1] == "… and 11 more"


def test_a_stage_that_the_pipeline_does_not_have_is_named(tmp_path: Path) -> None:
    document = yaml.safe_load(SCENARIOS[0].read_text())
    document["stages"]["nowhere"] = {}
    with pytest.raises(UnusableError, match="nowhere: the pipeline has no such stage, only index"):
        read_scenario(written(tmp_path, yaml.safe_dump(document)))
