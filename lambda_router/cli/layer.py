"""Builds the Lambda layer: `python -m lambda_router.cli.layer build --python 3.13 --arch arm64`.

The zip holds `python/`, which Lambda puts on the path: this package and what it needs at run time, as
wheels for the chosen Python and processor, whatever this machine is. pip resolves and installs them. boto3
and botocore are left out, because Lambda's Python runtimes have them; so are tests, samples, the command
line, byte code and pip's own records. The same inputs give the same bytes. Exit status 0, 1 for a failure,
2 for wrong usage.

https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["ARCHITECTURES", "PYTHONS", "Layer", "LayerError", "Package", "UsageError", "build", "main"]

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
SLIM = {"aws-xray-sdk", "pydantic"}

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


class LayerError(Exception):
    """The layer cannot be built; the text is one line that says why."""


class UsageError(LayerError):
    """What was asked for makes no sense."""


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


def build(
    python: str, arch: str, *, output: Path | None = None, slim: bool = False, add: Sequence[str] = ()
) -> Layer:
    """Build the layer for a Python ("3.13") and an architecture ("arm64") and write it to `output`.

    `slim` leaves out pydantic and the X-Ray SDK; `add` names further requirements, as pip reads them. Without
    an `output` it is `dist/lambda-router-layer-<python>-<arch>.zip`. Raises LayerError.
    """
    path = output or Path("dist", f"lambda-router-layer-{python}-{arch}{'-slim' if slim else ''}.zip")
    target = Target(python, arch)
    roots = [*_own_requirements(target, slim=slim), *_requirements(add, target)]
    pins = _resolve(roots, target)
    with tempfile.TemporaryDirectory(prefix="layer-") as scratch:
        target.pip(Path(scratch), "--no-deps", *pins)
        contents = [*_installed(Path(scratch)), _own()]
        return _written(path, target, sorted(contents, key=lambda content: content.name))


class Target:
    """The Lambda runtime that the layer is for. Raises UsageError for one that there is not."""

    def __init__(self, python: str, arch: str) -> None:
        if python not in PYTHONS:
            raise UsageError(f"there is no layer for Python {python}: choose one of {', '.join(PYTHONS)}")
        if arch not in ARCHITECTURES:
            raise UsageError(f"there is no architecture {arch}: choose one of {', '.join(ARCHITECTURES)}")
        self.python = python
        self.arch = arch

    def pip(self, directory: Path, *arguments: str) -> None:
        """Run `pip install --target directory` for this runtime. Raises LayerError in pip's words."""
        options = (
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
            "--no-compile",
            "--only-binary=:all:",
        )
        runtime = ("--implementation=cp", f"--python-version={self.python}", *self.platforms())
        command = (
            sys.executable,
            "-m",
            "pip",
            "install",
            f"--target={directory}",
            *options,
            *runtime,
            *arguments,
        )
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LayerError(
                f"pip failed for Python {self.python} on {self.arch}: {_last_words(done.stderr)}"
            )

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


# -- what belongs into it -----------------------------------------------------------------------------------


def _own_requirements(target: Target, *, slim: bool) -> list[Requirement]:
    declared = _requirements(_distribution().requires or (), target)
    return [r for r in declared if not (slim and _canonical(r.name) in SLIM)]


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, by default the process's own; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        layer = build(options.python, options.arch, output=options.output, slim=options.slim, add=options.add)
    except (LayerError, OSError) as error:
        print(f"lambda-router layer: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    _show(layer)
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="lambda-router layer", description="Build the Lambda layer of lambda_router.")
    command = parser.add_subparsers(required=True, metavar="build").add_parser(
        "build", help="build the layer's zip", description="Build the layer's zip and print what it weighs."
    )
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    default = running if running in PYTHONS else max(PYTHONS, key=lambda version: version.split("."))
    command.add_argument(
        "--python", choices=PYTHONS, default=default, help="the function's runtime (%(default)s)"
    )
    command.add_argument(
        "--arch", choices=ARCHITECTURES, default="x86_64", help="the function's architecture (%(default)s)"
    )
    command.add_argument(
        "--output", type=Path, metavar="ZIP", help="dist/lambda-router-layer-<python>-<arch>.zip if not given"
    )
    command.add_argument("--slim", action="store_true", help="leave out pydantic and the X-Ray SDK")
    command.add_argument(
        "--add",
        action="append",
        default=[],
        metavar="REQUIREMENT",
        help="put this into the layer too; repeatable",
    )
    return parser


def _show(layer: Layer) -> None:
    if sys.stdout.isatty():
        try:
            _show_table(layer)
        except ImportError:
            pass
        else:
            return
    for package in layer.packages:
        print(f"{package.name:24} {package.version:14} {_mb(package.size):>9}")
    print(f"{layer.path}: {_totals(layer)}")


def _show_table(layer: Layer) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("package", "version", title=f"Python {layer.python} on {layer.arch}")
    table.add_column("unzipped", justify="right")
    for package in layer.packages:
        table.add_row(package.name, package.version, _mb(package.size))
    console = Console()
    console.print(table)
    console.print(_totals(layer), highlight=False)
    console.print(str(layer.path), style="bold green", markup=False, highlight=False, soft_wrap=True)


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
    sys.exit(main())
