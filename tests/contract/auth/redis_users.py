"""Users of Redis with the rights that the page for users names."""

import re
from pathlib import Path

from tests.servers.redis import SecuredRedis

GROUP = "collectors"
PAGE = (Path(__file__).parents[3] / "docs" / "authentication.md").read_text()
RIGHTS = re.findall(r"^ACL SETUSER \S+ on >\S+ (.*)$", PAGE, re.MULTILINE)[0].split()
IN_A_CLUSTER = re.findall(r"A cluster needs `(.*?)` too", PAGE)[0].split()


def let_in(redis: SecuredRedis, username: str, password: str) -> None:
    """A user with the rights that the page names, and this password alone."""
    more = IN_A_CLUSTER if redis.client.info("cluster")["cluster_enabled"] else []
    redis.client.execute_command("ACL SETUSER", username, "reset", "on", f">{password}", *RIGHTS, *more)


def login(user: str, password: str) -> dict[str, str]:
    return {"username": user, "password": password}
