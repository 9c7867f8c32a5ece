"""One run before it begins: what is played, from when, and with which seed."""

from collections.abc import Callable
from dataclasses import dataclass

from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.sim.arrivals import Arrivals, curve_of
from logpipeline.sim.policy import Policy
from logpipeline.sim.sales import NONE, Sales
from logpipeline.sim.scenario import Scenario

START = 1_795_000_000.0
"""Decisions live in Unix time; runs begin here unless their traffic says when it was."""


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What is played. Policies are made from it; those that do not know the future take the spec alone."""

    scenario: Scenario
    """The truth."""
    arrivals: Arrivals
    """What arrives at the first stage, by seconds since `start`."""
    start: float = START
    """Unix seconds."""
    seed: int = 1
    sales: Sales = NONE
    """What is announced. Only who can be told of events looks at it; `arrivals` has what they bring."""

    @property
    def spec(self) -> LogPipelineSpec:
        """What the operator is told of the pipeline."""
        return self.scenario.pipeline


MakePolicy = Callable[[Setting], Policy]
"""Makes a policy for one run."""


def start_of(scenario: Scenario) -> float:
    """When a run of it begins, Unix seconds."""
    return START if scenario.begins is None else scenario.begins.timestamp()


def setting_of(scenario: Scenario, seed: int) -> Setting:
    """The scenario by its own arrivals. Raises ValueError with a sentence where it has none."""
    if not scenario.arrivals:
        raise ValueError(f"{scenario.name} does not say what arrives: give it arrivals, or a trace")
    return Setting(scenario, curve_of(scenario.arrivals), start_of(scenario), seed)
