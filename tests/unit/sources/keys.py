"""A keyring for tests."""

from dataclasses import dataclass, field

from logpipeline.core.readings import Missing
from logpipeline.sources.base import Connection
from logpipeline.sources.credentials import NO_CREDENTIALS, Credentials


@dataclass
class FakeKeys:
    """Gives what it is told to give, and notes when that is doubted."""

    given: Credentials | Missing = NO_CREDENTIALS
    doubted: list[Connection] = field(default_factory=list)

    async def credentials_of(self, _: Connection) -> Credentials | Missing:
        return self.given

    def doubt(self, connection: Connection) -> None:
        self.doubted.append(connection)
