"""The command `logferry`."""

from logferry.cli.main import main

__all__ = ["main"]
