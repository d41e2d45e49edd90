# Every chore, one word each. `make help` lists them. Needs python3 (3.11 or later), venv and make.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
# pytest runs on as many processes as there are cores. Each takes whole runs of tests, so that what a
# module shares is made once, and whoever has done takes from whoever has not.
SPREAD := -n auto --dist worksteal
PYTEST := $(BIN)/pytest $(SPREAD)

# Some environments forbid bytecode: each process, and tests start hundreds, would compile all anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check static lint format types layers deps dead docstrings migrations docs messages \
	access browser screens test-slow test-postgresql guide bench bench-ine bench-client bench-api lock clean

help: ## Say what each word does.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

.venv/run.stamp: requirements/run.txt requirements/build.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements/build.txt -r requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

demo: .venv/run.stamp ## Play one real exchange on a fictional académie, before your eyes.
	@$(BIN)/bascule demo

# `check` asks for what waits too: side by side with what works, it costs little.
TESTED := not browser and not matrix and not slow
test: .venv/dev.stamp ## Run the tests on the embedded PostgreSQL.
	@$(PYTEST) -m "$(TESTED)"

test-slow: .venv/dev.stamp ## Run the tests that kill, break and wait.
	@$(PYTEST) -m slow

access: .venv/dev.stamp ## Knock at every door as everybody, then with each wall alone.
	@$(PYTEST) -m matrix tests/access

browser: .venv/dev.stamp ## Look at every page in Chromium.
	@$(PYTEST) -m browser tests/browser

# The same examples of each law at each run; `test` by itself draws new ones.
check: export PYTEST_ADDOPTS = --hypothesis-profile=same
check: .venv/dev.stamp ## All that must hold before a change lands.
	@$(MAKE) --no-print-directory --jobs 2 --output-sync static
	@$(MAKE) --no-print-directory test TESTED="not browser and not matrix"
	@$(MAKE) --no-print-directory test-postgresql browser

static: lint types layers deps dead docstrings migrations docs messages ## All that holds without running anything.

lint: .venv/dev.stamp ## Look at the form of the code, and at the house's own rules.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/djlint --quiet --lint src/bascule/web/templates
	@$(BIN)/ast-grep scan --error
	@$(BIN)/ast-grep test --skip-snapshot-tests

format: .venv/dev.stamp ## Put the code in form.
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

types: .venv/dev.stamp ## Check the types.
	@$(BIN)/mypy

layers: .venv/dev.stamp ## Check that imports go down only.
	@$(BIN)/lint-imports

deps: .venv/dev.stamp ## Check that each dependency is declared and used.
	@$(BIN)/deptry src

dead: .venv/dev.stamp ## Look for dead code.
	@$(BIN)/vulture

docstrings: .venv/dev.stamp ## Check that docstrings say what the code does.
	@$(BIN)/pydoclint --quiet src

migrations: .venv/dev.stamp ## Check that migrations are there, and safe.
	@$(BIN)/python tests/check_migrations.py

docs: .venv/dev.stamp ## Write the pages that are generated from the code.
	@$(BIN)/python -m bascule.exchange.rules.catalogue_page docs/findings.md
	@$(BIN)/python -m bascule.bea.catalogue_page docs/academic-base.md
	@$(BIN)/python -m tests.docs.cli_page > docs/cli.md
	@$(BIN)/python -m tests.docs.openapi_page > docs/openapi.json
	@$(BIN)/python -m tests.docs.refusals_page > docs/messages.md
	@git diff --exit-code --stat -- docs/findings.md docs/academic-base.md docs/cli.md docs/openapi.json docs/messages.md || (echo "These pages were out of date: commit them." && false)

messages: .venv/dev.stamp ## Bring the English catalogue of the pages up to date (needs gettext).
	@$(BIN)/python -m tests.docs.messages
	@git diff --exit-code --stat -- src/bascule/web/locale || (echo "The catalogue was out of date: commit it." && false)

screens: .venv/dev.stamp ## Draw every page of the site into build/screens (needs Chromium).
	@$(PYTEST) tests/browser/screens.py

# What asks another PostgreSQL something it might answer otherwise: policies, walls and triggers (store,
# journal, access), staging, merges and undoing (exchange), loads (schools), the queries of the night
# (bea), lists (students). The SQL of nomenclatures, preparation and certificates is of the same kinds,
# and ordinary: `test` runs it, and so does `access` for what their pages ask.
test-postgresql: .venv/dev.stamp ## Run the tests of the base on another PostgreSQL, Debian's, then `access` there.
	@$(BIN)/python tests/run_on_postgresql.py $(SPREAD) -m "not browser and not slow" \
		$(wildcard $(addprefix tests/, access bea exchange journal schools store students))

guide: .venv/dev.stamp ## Follow the operator's guide to the letter, on a root folder thrown away afterwards (needs root).
	@$(BIN)/python tests/run_guide.py

bench: .venv/dev.stamp ## Measure imports against the floor, in one run.
	@$(BIN)/python -m benchmarks

bench-ine: .venv/dev.stamp ## Measure the matching of pupils on three sets of people, and what it costs.
	@$(BIN)/python -m benchmarks.ine

bench-client: .venv/dev.stamp ## Measure what the school's side costs to install and to start.
	@$(BIN)/python -m benchmarks.client

bench-api: .venv/dev.stamp ## Let a whole académie send at once over the REST interface.
	@$(BIN)/python -m benchmarks.api

lock: ## Choose the versions of all dependencies anew (needs uv).
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-c requirements/run.txt requirements/build.in -o requirements/build.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-c requirements/run.txt pyproject.toml --group dev -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		-c requirements/dev.txt pyproject.toml --extra train -o requirements/train.txt

clean: ## Remove what the words above made, and the demo's base.
	rm -rf .venv var .mypy_cache .pytest_cache .ruff_cache .hypothesis
