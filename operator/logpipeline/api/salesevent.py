"""The SalesEvent resource as a whole: its names, its spec and its status."""

from typing import Final

from logpipeline.api.base import ApiModel
from logpipeline.api.sale import SalesEventSpec
from logpipeline.api.sale_status import SalesEventStatus

KIND: Final = "SalesEvent"
PLURAL: Final = "salesevents"


class SalesEvent(ApiModel):
    """A sale, or anything else that brings much more than usual at a time that is known before."""

    spec: SalesEventSpec
    """What is announced."""
    status: SalesEventStatus | None = None
    """What is planned, and how far it is. Written by the operator alone; absent until it was."""
