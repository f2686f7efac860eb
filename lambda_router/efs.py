"""Amazon EFS: a mounted file system as a dependency, `Annotated[Path, app.efs("/mnt/data")]`, checked when it is used.

There is no event and nothing to detect: a function that has an access point in its configuration finds it below `/mnt`.
What can be wrong with it shows at the first file operation, as an error far from its cause or as a call that never
returns. So the path is looked at first, in good time, once in every invocation that asks for it.

See
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html
    https://docs.aws.amazon.com/lambda/latest/api/API_FileSystemConfig.html
"""

from __future__ import annotations

import errno
import logging
import os
import re
import stat
import threading
from time import monotonic

from .dependencies import Dependency
from .errors import ConfigurationError, MountError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

log = logging.getLogger("lambda_router")

_MOUNTS = "/mnt/"
"""Where Lambda mounts file systems, each one level below; elsewhere, as on your machine, a directory will do."""

_LOCAL_MOUNT_PATH = re.compile(r"/mnt/[A-Za-z0-9_.\-]+(/|\Z)")


class Mount(Dependency):
    """What `app.efs` makes: called, it gives the path, or raises a MountError that says what is wrong with it.

    Two that are written alike are equal, so that `app.overrides[app.efs("/mnt/data")] = ...` replaces it in tests.
    """

    __slots__ = ("_look", "_told", "path", "timeout", "write")

    def __init__(self, path: Any, *, write: bool = True, timeout: float = 2.0) -> None:
        super().__init__(self, "invocation")
        from pathlib import Path

        self.path = Path(_checked(path))
        self.write = write
        self.timeout = timeout
        self._look: _Look | None = None
        self._told: str | None = None

    def __call__(self) -> Path:
        """The path, once it has been seen to be there."""
        # A look that hangs is waited for no longer by those that come later, and has no other beside it.
        look = self._look
        if look is None or not look.is_alive():
            look = self._look = _Look(str(self.path), write=self.write)
            look.start()
        look.join(max(look.began + self.timeout - monotonic(), 0))
        if look.is_alive():
            raise self._fault("stale", f"has not answered within {self.timeout:g} seconds")
        if look.problem is not None:
            raise self._fault(*look.problem)
        self._told = None
        return self.path

    def _fault(self, reason: str, text: str) -> MountError:
        """The error, once in the log as well: a line about a record has only the class of what it failed with."""
        error = MountError(f"{self.path} {text}", path=str(self.path), reason=reason)
        if self._told != reason:
            log.error("%s", error)
        self._told = reason
        return error

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mount) and other._written == self._written

    def __hash__(self) -> int:
        return hash(self._written)

    @property
    def _written(self) -> tuple[Any, ...]:
        # All of it: typing gives one and the same Annotated[...] for arguments that are equal.
        return self.path, self.write, self.timeout

    def __repr__(self) -> str:
        return f"app.efs({str(self.path)!r}{'' if self.write else ', write=False'})"


class _Look(threading.Thread):
    """One look at a path; where the file system does not answer no signal ends it, so that it has a thread."""

    def __init__(self, path: str, *, write: bool) -> None:
        super().__init__(name="lambda_router-efs", daemon=True)
        self.path = path
        self.write = write
        self.began = monotonic()
        self.problem: tuple[str, str] | None = None

    def run(self) -> None:
        try:
            self.problem = problem(self.path, write=self.write)
        except Exception as exc:
            self.problem = "stale", f"cannot be looked at: {type(exc).__name__}"


def problem(path: str, *, write: bool) -> tuple[str, str] | None:
    """What is wrong with a path: the reason in a word, and in a text that goes on behind the path; None if nothing is."""
    try:
        return _missing(path) or (_unwritable(path) if write else None)
    except PermissionError:
        return "denied", "may not be looked at by the user of the access point"
    except OSError as exc:
        name = errno.errorcode.get(exc.errno or 0, "OSError")
        return "stale", f"is a stale mount ({name}): its file system is gone or cannot be reached"


def _missing(path: str) -> tuple[str, str] | None:
    root = _root(path)
    if root is not None and not _exists(root):
        return "absent", f"is not there: the function has no file system with the local mount path {root}"
    if root is not None and not os.path.ismount(root):
        return "absent", f"is not on a file system: {root} is a directory, and nothing is mounted there"
    if not _exists(path):
        return "absent", "is not there" + (f", and {root} is mounted" if root is not None else "")
    if not stat.S_ISDIR(os.stat(path).st_mode):
        return "absent", "is no directory"
    return None


def _unwritable(path: str) -> tuple[str, str] | None:
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return "read-only", "is mounted read-only; write=False says that it is only read"
    if not os.access(path, os.W_OK | os.X_OK):
        return "read-only", (
            "cannot be written to by the user of the access point; write=False says that it is only read"
        )
    return None


def _exists(path: str) -> bool:
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _root(path: str) -> str | None:
    """The mount that the path is in, `/mnt/<name>`; None elsewhere."""
    if not path.startswith(_MOUNTS):
        return None
    return _MOUNTS + path[len(_MOUNTS) :].partition("/")[0]


def _checked(path: Any) -> str:
    found = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(found, str) or not os.path.isabs(found) or "\0" in found or ".." in found.split("/"):
        raise ConfigurationError(f'efs takes an absolute path such as "/mnt/data", not {path!r}')
    found = os.path.normpath(found)
    if f"{found}/".startswith("/mnt/") and not _LOCAL_MOUNT_PATH.match(found):
        raise ConfigurationError(
            f'efs takes the local mount path, "/mnt/" and a name of letters, digits, "-", "_" and ".", not {path!r}'
        )
    return found
