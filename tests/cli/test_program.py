"""The program as a whole: help, completion, errors, and what it does not import."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lambda_router
from lambda_router.testing.events import names

from .conftest import COMMAND, Run

COMMANDS = ("detect", "explain", "routes", "invoke", "sample", "check", "template", "dev", "openapi", "layer")
LEAVES = [(name,) for name in COMMANDS if name != "layer"] + [("layer", "build")]


def test_help_lists_the_commands(program: Run) -> None:
    status, out, err = program("--help")
    assert (status, err) == (0, "")
    listed = [line.split()[0] for line in out.partition("Commands:\n")[2].splitlines()]
    assert listed == list(COMMANDS)
    assert not [line for line in out.partition("Commands:\n")[2].splitlines() if line.endswith("...")]


@pytest.mark.parametrize("command", LEAVES, ids=" ".join)
def test_every_command_has_an_example_in_its_help(run: Run, command: tuple[str, ...]) -> None:
    status, out, err = run(*command, "--help")
    assert (status, err) == (0, "")
    _, _, behind = out.partition("\n  Examples:\n")
    examples = behind.partition("\n\n")[0].splitlines()
    assert examples
    assert all(f"lambda-router {' '.join(command)}" in line for line in examples)
    assert "--json" in out or command == ("dev",)  # which prints an address
    assert run(*command, "-h").out == out


def test_the_version(run: Run) -> None:
    assert run("--version") == (0, f"lambda-router {lambda_router.__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "lambda-router: Missing command; lambda-router --help says more"),
        (["layer"], "lambda-router layer: Missing command; lambda-router layer --help says more"),
        (["sampel"], "lambda-router: No such command 'sampel'"),
        (["--nonsense"], "lambda-router: No such option: --nonsense; lambda-router --help says more"),
    ],
)
def test_wrong_usage_is_one_line(run: Run, arguments: list[str], said: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(said)


def test_a_fault_of_the_program_is_one_line_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from lambda_router.cli import inputs

    def fail(text: str) -> None:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(inputs, "_value", fail)
    said = "lambda-router sample: ZeroDivisionError: by zero (LAMBDA_ROUTER_DEBUG=1 shows where)\n"
    assert run("sample", "sqs", "queue=x") == (1, "", said)
    assert "Traceback" in run("--debug", "sample", "sqs", "queue=x").err


def test_an_interruption_is_nobodys_fault(run: Run, here: Path) -> None:
    (here / "stopped.py").write_text("raise KeyboardInterrupt\n")
    status, out, err = run("routes", "stopped:app")
    assert (status, out) == (130, "")
    assert "Traceback" not in err


CLOSED = "import os, sys; [os.close(int(n)) for n in sys.argv.pop(1)]; os.execv(sys.argv[1], sys.argv[1:])"


def with_closed(numbers: str, *arguments: str) -> tuple[int, str, str]:
    """The program, started by someone who has closed these of its standard streams."""
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, numbers, *COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", ["--version", "--help", "sample sqs", "sample --list", "routes shop:app"])
def test_a_closed_output_is_nobodys_fault(here: Path, command: str) -> None:
    assert with_closed("1", *command.split()) == (0, "", "the shop opens\n" if "shop" in command else "")


def test_every_stream_may_be_closed(here: Path) -> None:
    said = "lambda-router detect: standard input cannot be read: it is closed\n"
    assert with_closed("0", "detect", "-") == (2, "", said)
    assert with_closed("02", "detect", "-") == (2, "", "")
    assert with_closed("012", "invoke", "shop:app", "--sample", "alb", "path=/orders/3") == (0, "", "")
    assert with_closed("2", "detect", "unknown.json")[0] == 1


def test_who_reads_only_the_head_is_not_told_of_it(here: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "sample", "--list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as done:
        assert done.stdout is not None
        assert done.stderr is not None
        done.stdout.close()
        assert done.stderr.read() == b""


def test_without_the_extra_it_says_what_to_install(here: Path, tmp_path: Path) -> None:
    """A Python that has this package and nothing else."""
    root = Path(lambda_router.__file__).parents[1]
    (tmp_path / "lambda_router").symlink_to(root / "lambda_router")
    for module in ("lambda_router.cli", "lambda_router.cli.__main__"):
        done = subprocess.run(
            [sys.executable, "-S", "-m", module, "--help"],
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr in {
            f"lambda-router: the command line needs {name}: pip install 'lambda-event-router[cli]'\n"
            for name in ("rich", "typer", "yaml")
        }


# Typer converts arguments with pydantic where that is installed.
DEAR = ("aws_lambda_powertools", "aws_xray_sdk", "boto3", "asyncio", "pytest")


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (["--help"], ("pydantic", "lambda_router.testing", "lambda_router.explain")),
        (["detect", "bom.json"], ("lambda_router.testing",)),
        (["layer", "build", "--help"], ("lambda_router.testing",)),
        (["sample", "sqs"], ()),
        (["routes", "shop:app"], ("lambda_router.testing", "lambda_router.explain")),
    ],
)
def test_what_a_command_does_not_need_is_not_imported(
    here: Path, arguments: list[str], more: tuple[str, ...]
) -> None:
    code = (
        "import json, sys\nfrom lambda_router.cli import main\nmain(sys.argv[1:])\n"
        "print(json.dumps(list(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert "lambda_router.cli.program" in loaded
    assert sorted(loaded & {*DEAR, *more}) == []


def test_an_app_does_not_import_the_command_line(run_python: object) -> None:
    code = "import sys; from lambda_router import Router; Router().sqs; print([m for m in sys.modules if '.cli' in m])"
    assert callable(run_python)
    assert run_python(code) == "[]\n"


# -- completion ---------------------------------------------------------------------------------------------


def completed(shell: str, line: str, here: Path) -> list[str]:
    """What a shell would offer behind this line, by the protocol that its script speaks with the program."""
    words = line.split(" ")
    spoken = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    env = {**os.environ, **spoken, "_LAMBDA_ROUTER_COMPLETE": f"complete_{shell}"}
    done = subprocess.run(COMMAND, capture_output=True, text=True, check=False, env=env)
    assert done.stderr == ""
    if shell == "zsh":
        return [
            part.partition('"')[2].partition('"')[0].partition(":")[0] for part in done.stdout.splitlines()
        ]
    return [offer.partition("\t")[0] for offer in done.stdout.splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_options_and_events(shell: str, here: Path) -> None:
    assert completed(shell, "lambda-router det", here) == ["detect"]
    sns = [name for name in names() if name.startswith("sq")]
    assert completed(shell, "lambda-router sample sq", here) == sns
    assert completed(shell, "lambda-router invoke shop:app --sample sq", here) == sns
    assert completed(shell, "lambda-router layer build --arch a", here) == ["arm64"]
    assert "--mermaid" in completed(shell, "lambda-router routes --m", here)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_calls_the_program(shell: str, here: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--show-completion", shell],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_LAMBDA_ROUTER_COMPLETE=complete_{shell}" in done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_real_bash_completes(here: Path, tmp_path: Path) -> None:
    program = tmp_path / "lambda-router"
    quoted = " ".join(f"'{word}'" for word in COMMAND)
    program.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
    program.chmod(0o755)
    script = (
        'eval "$(lambda-router --show-completion bash)"\n'
        "COMP_WORDS=(lambda-router sample sqs.); COMP_CWORD=2\n"
        "_lambda_router_completion lambda-router\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
        },
    )
    assert done.stdout.split() == [name for name in names() if name.startswith("sqs.")]
