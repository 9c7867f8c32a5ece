from pathlib import Path

import pytest

from tools.generate import GENERATED

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("path", [path for path in GENERATED if "crds/" in path or "reference/" in path])
def test_what_is_committed_is_what_the_models_say(path: str) -> None:
    generated = GENERATED[path]()
    assert (ROOT / path).read_text() == generated, f"{path} is out of date: run `make generate` and commit it"


def test_the_chart_brings_every_crd_that_there_is() -> None:
    chart = ROOT / "charts/logpipeline-operator/files/crds"
    assert {file.name for file in chart.iterdir()} == {file.name for file in (ROOT / "crds").iterdir()}
