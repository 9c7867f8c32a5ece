"""Who may scale in a run: this operator, those who do it today, and one who knows the future."""

from collections.abc import Mapping
from types import MappingProxyType

from logpipeline.sim.policies.hpa import hpa
from logpipeline.sim.policies.keda import keda
from logpipeline.sim.policies.logpipeline import logpipeline
from logpipeline.sim.setting import MakePolicy

POLICIES: Mapping[str, MakePolicy] = MappingProxyType(
    {
        "logpipeline": logpipeline,
        "hpa": hpa,
        "keda": keda,
    }
)
"""By the name on the command line, in the order in which they are shown."""
