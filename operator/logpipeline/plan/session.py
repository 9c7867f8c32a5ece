"""One call of the command: read, plan, tell."""

import asyncio
import time

from rich.console import Console

from logpipeline.plan.cluster import read_cluster
from logpipeline.plan.inventory import Inventory, read_files, suppose
from logpipeline.plan.options import Options
from logpipeline.plan.outcome import spell_plan
from logpipeline.plan.plan import plan_of
from logpipeline.plan.table import show

WIDTH_IN_A_FILE = 120
"""Columns where there is no terminal: a table is not to be folded there."""


def planned(options: Options, *, as_json: bool) -> bool:
    """Do what was asked for; returns whether all fits. Raises UnusableError and ApiError."""
    inventory = _inventory(options)
    suppose(inventory, options)
    plan = plan_of(inventory, options, time.time())
    out = Console(highlight=False)
    if as_json:
        out.out(spell_plan(plan))
    else:
        if not out.is_terminal:
            out.width = WIDTH_IN_A_FILE
        show(plan, out)
    return all(sale.fits for sale in plan.sales)


def _inventory(options: Options) -> Inventory:
    return read_files(options) if options.files else asyncio.run(read_cluster(options.namespace))
