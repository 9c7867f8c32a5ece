"""One policy in one setting, on a virtual clock."""

from logpipeline.sim.policy import Policy
from logpipeline.sim.setting import Setting
from logpipeline.sim.track import Track

ROW_SECONDS = 5.0


def run(setting: Setting, policy: Policy, *, row_seconds: float = ROW_SECONDS) -> Track:
    """Play `setting` under `policy`, and keep a row every `row_seconds`, a whole number of them.

    The same setting gives the same track.
    """
    raise NotImplementedError
