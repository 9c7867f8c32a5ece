"""Files that are whole whenever somebody reads them."""

from pathlib import Path


def write_file(file: Path, content: bytes, mode: int) -> None:
    """Write a file with its folders, replacing what was there in one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.chmod(mode)
    draft.replace(file)
