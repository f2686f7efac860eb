"""`lambda-router layer build`: the Lambda layer. Also `python -m lambda_router.cli.layer build`.

The zip holds `python/`, which Lambda puts on the path: this package and what it needs at run time, as
wheels for the chosen Python and processor, whatever this machine is. pip resolves and installs them. boto3
and botocore are left out, because Lambda's Python runtimes have them; so are tests, samples, the command
line, byte code and pip's own records. The same inputs give the same bytes. Exit status 0, 1 for a failure,
2 for wrong usage.

https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from .arguments import JSON
from .failure import Failure
from .screen import columns, console, print_json

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = [
    "ARCHITECTURES",
    "PYTHONS",
    "Layer",
    "LayerError",
    "Package",
    "UsageError",
    "build",
    "commands",
    "main",
    "needless",
]

DISTRIBUTION = "lambda-event-router"
IMPORT_NAME = "lambda_router"
# An older, unrelated distribution that installs the same import name.
IMPOSTOR = "lambda-router"

# The runtimes and the glibc 2.x of their operating systems: Amazon Linux 2 has 2.26, 2023 has 2.34.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
# https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html
PYTHONS = {"3.11": 26, "3.12": 34, "3.13": 34, "3.14": 34}
# Lambda's name of the processor, and Linux's.
ARCHITECTURES = {"x86_64": "x86_64", "arm64": "aarch64"}

# What every Python runtime has; aws-xray-sdk declares botocore.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
PROVIDED = {"boto3", "botocore", "s3transfer"}
# What a layer may do without, and the package by whose import an app shows that it needs it.
SLIM = {"aws-xray-sdk": "aws_xray_sdk", "pydantic": "pydantic"}

MB = 1024 * 1024
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#function-configuration-deployment-and-execution
ZIP_LIMIT = 50 * MB
UNZIPPED_LIMIT = 250 * MB

OWN_OMITTED = {"cli", "testing"}
OMITTED_FOLDERS = {"__pycache__", "tests", "sboms"}
OMITTED_RECORDS = {"INSTALLER", "RECORD", "REQUESTED", "WHEEL", "direct_url.json", "top_level.txt"}

# The earliest time that a zip can hold; the files' own would differ from build to build.
TIMESTAMP = (1980, 1, 1, 0, 0, 0)
# Lambda's user must be able to read every file: -rw-r--r--.
# https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
MODE = 0o100644


class LayerError(Failure):
    """The layer cannot be built; the text is one line that says why."""


class UsageError(LayerError):
    """What was asked for makes no sense."""

    status = 2


@dataclass(frozen=True)
class Package:
    """One distribution in the layer: its `name`, `version` and unzipped `size` in bytes."""

    name: str
    version: str
    size: int


@dataclass(frozen=True)
class Layer:
    """A layer that was built: where the zip is, whom it is for, its `packages` and its sizes in bytes."""

    path: Path
    python: str
    arch: str
    packages: tuple[Package, ...]
    zipped: int
    unzipped: int

    @property
    def sha256(self) -> str:
        """The digest of the zip's bytes, in hexadecimal: the same inputs give the same."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


Listener = Callable[[str], None]
"""What is told of the progress, in pip's words: `Collecting pydantic>=2.9`."""


def build(
    python: str,
    arch: str,
    *,
    output: Path | None = None,
    slim: bool | Iterable[str] = False,
    add: Sequence[str] = (),
    listener: Listener | None = None,
) -> Layer:
    """Build the layer for a Python ("3.13") and an architecture ("arm64") and write it to `output`.

    `slim` leaves out pydantic and the X-Ray SDK, or those of them that it names; `add` names further requirements,
    as pip reads them. Without an `output` it is `dist/lambda-router-layer-<python>-<arch>.zip`. Raises LayerError.
    """
    path = output or Path("dist", f"lambda-router-layer-{python}-{arch}{'-slim' if slim else ''}.zip")
    target = Target(python, arch, listener)
    if path.is_dir():
        raise UsageError(f"{path} is a directory: name a file")
    without = frozenset(SLIM if slim is True else slim or ())
    roots = [*_own_requirements(target, without), *_requirements(add, target)]
    pins = _resolve(roots, target)
    with tempfile.TemporaryDirectory(prefix="layer-") as scratch:
        target.pip(Path(scratch), "--no-deps", *pins)
        contents = [*_installed(Path(scratch)), _own()]
        return _written(path, target, sorted(contents, key=lambda content: content.name))


_IMPORTS = """
import json, os, sys
from lambda_router.cli.failure import Failure
from lambda_router.cli.inputs import application
try:
    found = application(sys.argv[1])
    if "lambda_router.http.swagger" in sys.modules:
        found.router.openapi()  # it is served, and what it needs is imported when it is first asked for
except Failure as failure:
    print(*str(failure).split(), file=sys.stderr, flush=True)
    os._exit(failure.status)
print(json.dumps([name for name in sys.argv[2:] if name in sys.modules]), flush=True)
os._exit(0)  # before anything that the app prints at its end
"""


def needless(app: str) -> set[str]:
    """Of pydantic and the X-Ray SDK those that the app `module:attribute` does not import, itself or by its routes.

    It is imported in a Python of its own. UsageError where there is no such app, LayerError where it cannot be imported.
    """
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTS, app, *SLIM.values()],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.splitlines() or ["its Python ended"])[-1]
        raise (UsageError if done.returncode == UsageError.status else LayerError)(said)
    needed = json.loads(done.stdout.splitlines()[-1])
    return {name for name, imported in SLIM.items() if imported not in needed}


class Target:
    """The Lambda runtime that the layer is for. Raises UsageError for one that there is not."""

    def __init__(self, python: str, arch: str, listener: Listener | None = None) -> None:
        if python not in PYTHONS:
            raise UsageError(f"there is no layer for Python {python}: choose one of {', '.join(PYTHONS)}")
        if arch not in ARCHITECTURES:
            raise UsageError(f"there is no architecture {arch}: choose one of {', '.join(ARCHITECTURES)}")
        self.python = python
        self.arch = arch
        self.listener = listener

    def pip(self, directory: Path, *arguments: str) -> None:
        """Run `pip install --target directory` for this runtime. Raises LayerError in pip's words."""
        options = (
            "--progress-bar=off",
            "--disable-pip-version-check",
            "--no-input",
            "--no-compile",
            "--only-binary=:all:",
        )
        runtime = ("--implementation=cp", f"--python-version={self.python}", *self.platforms())
        command = (
            sys.executable,
            "-u",
            "-m",
            "pip",
            "install",
            f"--target={directory}",
            *options,
            *runtime,
            *arguments,
        )
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                errors="replace",
            ) as pip,
        ):
            last = self._follow(pip.stdout)
            status = pip.wait()
            errors.seek(0)
            said = errors.read()
        if status:
            raise LayerError(
                f"pip failed for Python {self.python} on {self.arch}: {_last_words(said or last)}"
            )

    def _follow(self, output: IO[str] | None) -> str:
        """Tell the listener what pip is about; its last line."""
        line = ""
        for line in output or ():
            said = line.strip()
            if self.listener is not None and said.startswith(_STEPS):
                verb, _, what = said.partition(" (from ")[0].partition(" ")
                self.listener(f"{verb} {what.rpartition('/')[2]}")
        return line

    def platforms(self) -> Iterator[str]:
        """Every wheel platform that the runtime's glibc can load, the newest first."""
        machine = ARCHITECTURES[self.arch]
        for minor in range(PYTHONS[self.python], 16, -1):
            yield f"--platform=manylinux_2_{minor}_{machine}"
        yield f"--platform=manylinux2014_{machine}"

    def environment(self) -> dict[str, str]:
        """What markers are evaluated against. pip cannot be told: it takes the machine that it runs on."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": ARCHITECTURES[self.arch],
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }


_STEPS = ("Collecting ", "Downloading ", "Installing ", "Processing ")


# -- what belongs into it -----------------------------------------------------------------------------------


def _own_requirements(target: Target, without: frozenset[str]) -> list[Requirement]:
    declared = _requirements(_distribution().requires or (), target)
    return [r for r in declared if _canonical(r.name) not in without]


def _distribution() -> importlib.metadata.Distribution:
    try:
        return importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        raise LayerError(f"{DISTRIBUTION} is not installed here: its metadata says what it needs") from None


def _requirements(texts: Iterable[str], target: Target, extras: Iterable[str] = ()) -> list[Requirement]:
    """Those that apply to the target, without their markers, which pip would hold against this machine."""
    found = [_requirement(text) for text in texts]
    applying = [r for r in found if _applies(r, target, extras)]
    for requirement in applying:
        if _canonical(requirement.name) == IMPOSTOR:
            raise _impostor(f"{IMPOSTOR} is required")
        requirement.marker = None
    return applying


def _requirement(text: str) -> Requirement:
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ImportError:
        raise LayerError(f"the build needs `packaging`: pip install '{DISTRIBUTION}[cli]'") from None
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(f"{text!r} is not a requirement: {str(error).splitlines()[0]}") from None


def _applies(requirement: Requirement, target: Target, extras: Iterable[str]) -> bool:
    marker, environment = requirement.marker, target.environment()
    return marker is None or any(marker.evaluate({**environment, "extra": e}) for e in ("", *extras))


def _resolve(roots: Sequence[Requirement], target: Target) -> list[str]:
    """`name==version` of each distribution that the roots need on the target, without what Lambda provides.

    pip decides the versions. It overlooks what only another Python or machine than this one needs, and brings
    what only this one needs: the former is asked for by name in another round, the latter is not followed.
    """
    wanted = list(roots)
    while True:
        found = _report(wanted, target)
        needed = _reached(roots, found, target)
        missing = [r for name, r in needed.items() if name not in found]
        if not missing:
            return sorted(f"{found[name]['name']}=={found[name]['version']}" for name in needed)
        wanted += missing


def _report(wanted: Iterable[Requirement], target: Target) -> dict[str, dict[str, Any]]:
    """The metadata of each distribution that pip would install, by canonical name."""
    with tempfile.TemporaryDirectory(prefix="resolve-") as scratch:
        report = Path(scratch, "report.json")
        target.pip(Path(scratch, "none"), "--dry-run", f"--report={report}", *map(str, wanted))
        installs = json.loads(report.read_bytes())["install"]
    return {_canonical(install["metadata"]["name"]): install["metadata"] for install in installs}


def _reached(
    roots: Sequence[Requirement], found: Mapping[str, dict[str, Any]], target: Target
) -> dict[str, Requirement]:
    """By name, every requirement that is met on the way from the roots and not past what Lambda provides."""
    # Who asks for boto3 wants that version, and then all of its dependencies.
    asked = {_canonical(r.name) for r in roots}
    provided = set[str]() if asked & PROVIDED else PROVIDED
    reached: dict[str, Requirement] = {}
    followed: set[tuple[str, frozenset[str]]] = set()
    waiting = list(roots)
    while waiting:
        requirement = waiting.pop()
        name = _canonical(requirement.name)
        step = name, frozenset(requirement.extras)
        if name in provided or step in followed:
            continue
        followed.add(step)
        reached.setdefault(name, requirement)
        declared = found.get(name, {}).get("requires_dist", ())
        waiting += _requirements(declared, target, requirement.extras)
    return reached


def _canonical(name: str) -> str:
    from packaging.utils import canonicalize_name

    return canonicalize_name(name)


# -- what is in it ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Content:
    """One distribution's files: the name that each has below `python/`, and its bytes."""

    name: str
    version: str
    files: Mapping[str, bytes]


def _installed(directory: Path) -> Iterator[Content]:
    for distribution in importlib.metadata.distributions(path=[str(directory)]):
        names = [PurePosixPath(str(path)) for path in distribution.files or ()]
        kept = {str(name): (directory / name).read_bytes() for name in names if _belongs(name)}
        if any(name.startswith(f"{IMPORT_NAME}/") for name in kept):
            raise _impostor(f"{distribution.name} brings a package {IMPORT_NAME}")
        yield Content(_canonical(distribution.name), distribution.version, kept)


def _belongs(name: PurePosixPath) -> bool:
    if ".." in name.parts or name.suffix == ".pyc":  # commands lie outside of the packages, in bin/
        return False
    if name.parts[0].endswith(".dist-info") and name.name in OMITTED_RECORDS:
        return False
    return OMITTED_FOLDERS.isdisjoint(name.parts[:-1])


def _own() -> Content:
    """This package as it is imported here, be it installed or a checkout."""
    distribution = _distribution()
    package = Path(__file__).parents[1]
    names = [PurePosixPath(path.relative_to(package.parent)) for path in package.rglob("*") if path.is_file()]
    code = [name for name in names if _belongs(name) and name.parts[1] not in OWN_OMITTED]
    files = {str(name): (package.parent / name).read_bytes() for name in code}
    return Content(DISTRIBUTION, distribution.version, {**files, **_own_metadata(distribution)})


def _own_metadata(distribution: importlib.metadata.Distribution) -> dict[str, bytes]:
    names = [path for path in distribution.files or () if path.parts[0].endswith(".dist-info")]
    kept = [path for path in names if _belongs(PurePosixPath(str(path)))]
    return {str(path): path.read_binary() for path in kept if path.name != "entry_points.txt"}


def _written(path: Path, target: Target, contents: Sequence[Content]) -> Layer:
    packages = tuple(Package(c.name, c.version, sum(map(len, c.files.values()))) for c in contents)
    unzipped = sum(package.size for package in packages)
    _within("unzipped", unzipped, UNZIPPED_LIMIT)
    files = {f"python/{name}": data for content in contents for name, data in content.files.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        _zip(partial, files)
        zipped = partial.stat().st_size
        _within("zipped", zipped, ZIP_LIMIT)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Layer(path, target.python, target.arch, packages, zipped, unzipped)


def _zip(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, TIMESTAMP)
            entry.create_system = 3  # Unix: what the mode is read by
            entry.external_attr = MODE << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, compresslevel=9)


def _within(what: str, size: int, limit: int) -> None:
    if size > limit:
        raise LayerError(
            f"the layer has {_mb(size)} {what}, over Lambda's limit of {_mb(limit)}: "
            "leave something out, or build it with --slim"
        )


def _impostor(seen: str) -> LayerError:
    return LayerError(
        f"{seen}: {IMPOSTOR} is an older, unrelated distribution that would overwrite this package's files"
    )


# -- the command --------------------------------------------------------------------------------------------

_RUNNING = f"{sys.version_info[0]}.{sys.version_info[1]}"
_DEFAULT = _RUNNING if _RUNNING in PYTHONS else max(PYTHONS, key=lambda version: int(version[2:]))

commands = typer.Typer(rich_markup_mode=None, help="Build the Lambda layer.")


@commands.callback()
def _group() -> None:
    """Build the Lambda layer."""


@commands.command("build")
def command(
    python: Annotated[
        str,
        typer.Option(
            help=f"The function's runtime: {', '.join(PYTHONS)}.", autocompletion=lambda: list(PYTHONS)
        ),
    ] = _DEFAULT,
    arch: Annotated[
        str,
        typer.Option(
            help=f"The function's architecture: {', '.join(ARCHITECTURES)}.",
            autocompletion=lambda: list(ARCHITECTURES),
        ),
    ] = "x86_64",
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="ZIP",
            help="dist/lambda-router-layer-<python>-<arch>.zip if not given.",
            show_default=False,
        ),
    ] = None,
    slim: Annotated[bool, typer.Option("--slim", help="Leave out pydantic and the X-Ray SDK.")] = False,
    app: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:ATTRIBUTE",
            help="Leave out those of the two that this app does not import.",
            show_default=False,
        ),
    ] = None,
    add: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REQUIREMENT", help="Put this into the layer too; repeatable.", show_default=False
        ),
    ] = None,
    json: JSON = False,
) -> None:
    """Build the layer's zip and print what it weighs.

    The same inputs give the same bytes. With --json: path, python, arch, packages (each with name, version, size in
    bytes), zipped and unzipped (in bytes), left_out (names) and sha256.

    \b
    Examples:
      lambda-router layer build --python 3.13 --arch arm64
      lambda-router layer build --app shop:app --output layer.zip
      lambda-router layer build --slim --add boto3==1.43.106 --json
    """
    without = set(SLIM) if slim and app is None else set[str]() if app is None else needless(app)
    try:
        with _progress() as listener:
            layer = build(python, arch, output=output, slim=without, add=add or (), listener=listener)
    except OSError as error:
        where = f"{error.filename} cannot be written: " if error.filename else ""
        raise LayerError(f"{where}{error.strerror or error}") from error
    if json:
        print_json(_told(layer, without))
    else:
        _show(layer)


def main(arguments: Sequence[str]) -> int:
    """Run `lambda-router layer` with these arguments; the exit status."""
    from .program import run

    return run(["layer", *arguments])


@contextlib.contextmanager
def _progress() -> Generator[Listener | None, None, None]:
    """On a terminal a line that says what is being fetched, as long as it takes; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.text import Text

    with console(error=True).status("Building the layer") as status:
        yield lambda said: status.update(Text(said))


def _told(layer: Layer, without: Iterable[str]) -> dict[str, Any]:
    packages = [{"name": p.name, "version": p.version, "size": p.size} for p in layer.packages]
    return {
        "path": str(layer.path),
        "python": layer.python,
        "arch": layer.arch,
        "packages": packages,
        "zipped": layer.zipped,
        "unzipped": layer.unzipped,
        "left_out": sorted(set(without) - {package.name for package in layer.packages}),
        "sha256": layer.sha256,
    }


def _show(layer: Layer) -> None:
    rows = [(package.name, package.version, _mb(package.size)) for package in layer.packages]
    columns(("package", "version", "unzipped"), rows)
    print(f"{layer.path}: {_totals(layer)}")


def _totals(layer: Layer) -> str:
    zipped = f"{_mb(layer.zipped)} zipped of {_mb(ZIP_LIMIT)}"
    return f"{zipped}, {_mb(layer.unzipped)} unzipped of {_mb(UNZIPPED_LIMIT)}"


def _mb(size: int) -> str:
    return f"{size / MB:.2f} MB"


def _last_words(output: str) -> str:
    """pip's errors as one line, its warnings and notices left out."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return "; ".join(errors[-2:] or lines[-1:] or ["it said nothing"])


if __name__ == "__main__":
    from lambda_router.cli import main as command_line

    sys.exit(command_line(["layer", *sys.argv[1:]]))
