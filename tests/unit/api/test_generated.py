from pathlib import Path

import pytest

from logpipeline.api import crd, reference

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("path", "generated"),
    [
        ("crds/logpipelines.yaml", crd.render()),
        ("charts/logpipeline-operator/files/crds/logpipelines.yaml", crd.render()),
        ("docs/reference/logpipeline.md", reference.render()),
    ],
    ids=["crds", "chart", "reference"],
)
def test_what_is_committed_is_what_the_models_say(path: str, generated: str) -> None:
    assert (ROOT / path).read_text() == generated, f"{path} is out of date: run `make generate` and commit it"


def test_the_chart_brings_every_crd_that_there_is() -> None:
    chart = ROOT / "charts/logpipeline-operator/files/crds"
    assert {file.name for file in chart.iterdir()} == {file.name for file in (ROOT / "crds").iterdir()}
