# lineproof. `make help` says what there is. All Python lives in .venv, what the foreign servers of
# the tests take minutes to build in $XDG_CACHE_HOME/lineproof. A second make does nothing twice.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
export PATH := $(PATH):$(abspath $(BIN))
say = @printf '\n── %s\n' "$(1)"

UNIT := kpi tests/unit
TESTS := $(UNIT) tests/contract tests/system tests/faults $(wildcard tests/browser)
PAGES := $(shell find api/web edge/text -type f -not -path '*/node_modules/*' -not -name '*.py*' 2>/dev/null)

.PHONY: help demo test check bench faults mutants soak web servers clean format lint types layers unit pages

help: ## what there is
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/run.stamp ## three simulated lines, the service and its pages, on this machine
	@exec $(BIN)/lineproof demo

# The servers are built beside the checks and the unit tests: the first test that needs one waits.
test: $(VENV)/dev.stamp ## everything: checks, real servers, end to end, pages in a browser
	@$(BIN)/python -m tests.servers & servers=$$!; trap 'kill $$servers 2>/dev/null || true' EXIT; \
	$(MAKE) --no-print-directory format lint types layers pages; \
	printf '\n── tests\n'; $(BIN)/python -m pytest -ra -n auto $(TESTS)

check: $(VENV)/dev.stamp format lint types layers pages unit ## the quick part of test, two minutes

bench: $(VENV)/dev.stamp ## what this machine can do, as a table
	@$(BIN)/python -m tests.bench

faults: $(VENV)/dev.stamp ## the fault matrix against real servers, written to docs/faults.md (RESUME=1 goes on)
	@$(BIN)/python -m tests.servers
	@$(BIN)/python -m tests.faults --out docs/faults.md --builds $(if $(RESUME),--resume)

mutants: $(VENV)/dev.stamp ## break the arithmetic of kpi on purpose: nine of ten must be noticed
	@$(BIN)/python -m tests.mutants

soak: $(VENV)/dev.stamp ## an hour of random faults, and nothing lost
	@$(BIN)/python -m tests.servers
	@$(BIN)/python -m tests.faults.soak

web: api/static/index.html ## build the pages

servers: $(VENV)/dev.stamp ## the foreign servers that tests run against
	$(call say,foreign servers)
	@$(BIN)/python -m tests.servers

clean: ## remove what make made here, but not the cache of built servers
	rm -rf $(VENV) api/static api/web/node_modules dist .mypy_cache .ruff_cache .pytest_cache \
	  .hypothesis .import_linter_cache

format lint types layers pages unit: $(VENV)/dev.stamp

format:
	$(call say,format)
	@$(BIN)/ruff format --check --quiet

lint:
	$(call say,lint)
	@$(BIN)/ruff check --quiet

types:
	$(call say,types)
	@$(BIN)/mypy --no-error-summary

layers:
	$(call say,layers)
	@$(BIN)/lint-imports --no-logo | tail -n +6

pages:
	$(call say,pages)
	@$(BIN)/python hatch_build.py check

unit:
	$(call say,unit tests)
	@$(BIN)/python -m pytest -n auto -m 'not slow' $(UNIT)

# ── what has to be there ──────────────────────────────────────────────────────────────────────────

$(VENV)/pip.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "lineproof needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "this Python cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }
	@touch $@

# Hatchling and Node (for the pages, where PATH has none) come before our own package.
$(VENV)/build.stamp: requirements-build.lock | $(VENV)/pip.stamp
	$(call say,tools that build)
	@$(PIP) install --quiet --require-hashes --no-deps -r requirements-build.lock
	@touch $@

api/static/index.html: $(PAGES) hatch_build.py | $(VENV)/build.stamp
	$(call say,pages)
	@$(BIN)/python hatch_build.py

$(VENV)/run.stamp: requirements.lock pyproject.toml hatch_build.py $(VENV)/build.stamp | api/static/index.html
	$(call say,lineproof)
	@$(PIP) install --quiet --require-hashes --no-deps -r requirements.lock
	@$(PIP) install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	$(call say,tools that test)
	@$(PIP) install --quiet --require-hashes --no-deps -r requirements-dev.lock
	@touch $@
