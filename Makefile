# Every target sets up what it needs: a fresh checkout takes only make and Python 3.11 or later.
# A command's own options go into ARGS: make test ARGS="-k sqs".

PYTHON ?= python3
ARGS ?=

VENV := .venv
RUN := $(VENV)/bin/python -m
# One stamp an interpreter, so that another PYTHON renews the environment.
READY := $(VENV)/.ready-$(subst /,-,$(PYTHON))
# Two makes at a time must not set up one environment; flock comes with every Linux.
LOCK := $(shell command -v flock >/dev/null 2>&1 && echo flock .)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint types fmt stubs fuzz bench build layer docs docs-serve clean set-up

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: set-up ## run the main job, on the real runtime and on a local AWS
	@$(RUN) examples.demo
	@$(RUN) examples.local_aws.demo

# The files come in the order of tests/conftest.py. What pytest compiles is kept, whatever the environment says.
test: export PYTHONDONTWRITEBYTECODE :=
test: set-up ## run the tests, up to four files at a time
	@$(RUN) pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: set-up ## check style and format
	@$(RUN) ruff check
	@$(RUN) ruff format --check

types: set-up ## check types with mypy and basedpyright
	@$(RUN) mypy
	@$(RUN) basedpyright

fmt: set-up ## put the code into form
	@$(RUN) ruff check --fix-only --quiet
	@$(RUN) ruff format

stubs: set-up ## write out for type checkers what the test events take
	@$(VENV)/bin/python tests/typing/offered.py

fuzz: set-up ## send a million mutated events
	@LAMBDA_ROUTER_FUZZ=1000000 $(RUN) pytest tests/fuzz --timeout=0 $(ARGS)

bench: set-up ## measure speed
	@$(RUN) benchmarks $(ARGS)

build: set-up ## build the wheel into dist/
	@$(RUN) build --wheel -qq
	@ls dist/*.whl

layer: set-up ## build the Lambda layer into dist/
	@$(RUN) lambda_router.cli.layer build $(ARGS)

docs: set-up ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs build --strict $(ARGS)

docs-serve: set-up ## show the documentation on http://127.0.0.1:8000
	@NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs serve --dev-addr 127.0.0.1:8000 $(ARGS)

clean: ## remove what was made, except for .venv
	@rm -rf build dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

set-up:
	@$(LOCK) $(MAKE) --silent $(READY)

$(READY): pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "There is no '$(PYTHON)'. Install Python 3.11 or later, or name it: make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is $$("$(PYTHON)" -V 2>&1); 3.11 or later is needed. Name one: make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) lacks venv or ensurepip. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) with $$("$(PYTHON)" -V)" >&2
	@test "$$($(VENV)/bin/python -V 2>&1)" = "$$("$(PYTHON)" -V 2>&1)" && $(RUN) pip --version >/dev/null 2>&1 \
		|| "$(PYTHON)" -m venv --clear $(VENV)
	@$(RUN) pip install -qq --upgrade 'pip>=25.1'
	@$(RUN) pip install -qq --editable . --group dev
	@touch $@
