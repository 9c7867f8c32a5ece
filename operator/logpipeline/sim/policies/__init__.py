"""Who may scale in a run: this operator, those who do it today, and one who knows the future."""

from collections.abc import Mapping
from types import MappingProxyType

from logpipeline.sim.policies import clairvoyant, flink, hpa, keda, keda_cron, logpipeline, numaflow
from logpipeline.sim.setting import MakePolicy

POLICIES: Mapping[str, MakePolicy] = MappingProxyType(
    {
        logpipeline.NAME: logpipeline.logpipeline,
        hpa.NAME: hpa.hpa,
        keda.NAME: keda.keda,
        keda_cron.NAME: keda_cron.keda_cron,
        flink.NAME: flink.flink,
        flink.NAME_DOCUMENTED: flink.flink_docs,
        numaflow.NAME: numaflow.numaflow,
        clairvoyant.NAME: clairvoyant.clairvoyant,
    }
)
"""By the name on the command line, in the order in which they are shown."""
