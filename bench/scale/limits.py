"""What hundreds of pipelines may take of a machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What so many pipelines may take."""

    megabytes: float
    cores: float
    connections: int
    api_server_cores: float

    def times(self, factor: float) -> "Limits":
        """So many times as much; but connections do not grow with the pipelines."""
        return Limits(
            self.megabytes * factor, self.cores * factor, self.connections, self.api_server_cores * factor
        )


AT_500 = Limits(megabytes=250, cores=0.11, connections=10, api_server_cores=0.04)
"""The limits for 500."""
