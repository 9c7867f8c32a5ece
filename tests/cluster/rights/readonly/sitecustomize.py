"""What `readOnlyRootFilesystem` does, for a process without a container: only TMPDIR can be written to.

Python runs this file before the program where its folder is in PYTHONPATH.
"""

import errno
import os
import sys

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = (
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "os.chmod",
)
TEMPORARY = os.path.realpath(os.environ["TMPDIR"])


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Fail as the kernel would."""
    if event == "open":
        path, _, flags = arguments
        changes = isinstance(flags, int) and bool(flags & WRITES)
    else:
        path, changes = arguments[0] if arguments else None, event in CHANGES
    if not changes or not isinstance(path, str | bytes | os.PathLike):
        return
    where = os.path.realpath(os.fsdecode(path))
    if where != os.devnull and os.path.commonpath((where, TEMPORARY)) != TEMPORARY:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), where)


sys.addaudithook(refuse)
