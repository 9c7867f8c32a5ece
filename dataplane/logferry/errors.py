"""What went wrong, in one sentence for the person who must act, and the exit code that says who that is."""


class LogferryError(Exception):
    """Something failed while running. Exit code 1: running it again may help."""

    exit_code = 1


class UsageError(LogferryError):
    """The command cannot do what it was told. Exit code 2: somebody has to change an option first."""

    exit_code = 2
