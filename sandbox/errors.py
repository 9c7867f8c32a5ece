"""What can go wrong, said to the person at the terminal."""


class SandboxError(Exception):
    """A sentence that says what is wrong, where, and what to do; the command line prints it and exits 1."""


class ComponentFailedError(SandboxError):
    """A component ended, or did not become ready; carries the end of its log."""

    def __init__(self, name: str, what: str, log_file: str, log_tail: str) -> None:
        self.component = name
        self.log_tail = log_tail
        indented = "\n".join(f"    {line}" for line in log_tail.splitlines()) or "    (the log is empty)"
        super().__init__(f"{name} {what}. The end of its log, {log_file}:\n{indented}")
