"""The LogPipeline resource as a whole: its names, its columns, its spec and its status."""

from typing import Final

from logpipeline.api.base import ApiModel
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.api.status import LogPipelineStatus

GROUP: Final = "logpipeline.io"
VERSION: Final = "v1alpha1"
KIND: Final = "LogPipeline"
PLURAL: Final = "logpipelines"
API_VERSION: Final = f"{GROUP}/{VERSION}"


class LogPipeline(ApiModel):
    """A log pipeline: an ordered list of stages where records wait, and the workloads that empty them."""

    spec: LogPipelineSpec
    """What is to be kept drained."""
    status: LogPipelineStatus | None = None
    """What was measured, what was decided and why. Written by the operator alone; absent until it was."""
