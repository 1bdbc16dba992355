# Needs python3 (3.11 or newer) with venv, and make; everything else goes into .venv beside this file.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
READY := .venv/.ready
PAGE := $(shell find api/web -name node_modules -prune -o -type f -print)

.PHONY: install run test check lint types bench e2e lock sabotage chaos fuzz audit

install: $(READY)

$(READY): pyproject.toml constraints.txt $(PAGE)
	@test -n "$(PYTHON)" || { echo 'Sojourn needs Python 3.11 or newer, and finds none on the PATH.' >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(READY)  ## serve, with the demo venue
	$(BIN)/sojourn serve --demo

test: lint  ## what is quick to check, and every test
	$(BIN)/python -m pytest -n auto --ignore tests/e2e

check: lint types

lint: $(READY)
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --quiet --check
	$(BIN)/lint-imports --no-logo

types: $(READY)
	$(BIN)/mypy

bench: $(READY)  ## every figure beside a peer, in an environment of its own: a prefix as ROWS runs some
	$(BIN)/python -m tests.bench $(ROWS)

audit: $(READY)  ## what is known to be unsafe, in the code and in what it depends on
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,audit]'
	$(BIN)/python -m tests.audit

e2e: $(READY)  ## the page in a real browser: the Chromium of the system
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,e2e]'
	$(BIN)/python -m pytest tests/e2e

lock:  ## resolve constraints.txt anew; commit the result
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra audit --extra e2e --universal --upgrade --no-header --no-annotate \
		--python-version 3.11 --quiet --output-file constraints.txt

sabotage: $(READY)  ## Sojourn with one thing wrong, over and over: each time a test has to fail
	$(BIN)/python -m tests.sabotage $(ONLY)

SECONDS ?= 300
SEED ?= 1
chaos: $(READY)  ## kills, races, recorded histories, and every crash point of every operation: chaos-report/
	$(BIN)/python -m tests.chaos --seconds $(SECONDS) --seed $(SEED) $(if $(ONLY),--only $(ONLY))

fuzz: $(READY)  ## requests made from the API's own document, as each role: fuzz-report/
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) --seed $(SEED) $(if $(ONLY),--only $(ONLY))
