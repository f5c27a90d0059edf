# Two commands matter on a fresh machine: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
# pip of the machine installs into the environment: an environment without its own pip is made four times faster
PIP := $(PYTHON) -m pip --disable-pip-version-check --python $(PY) install --quiet
LOCKED := --require-hashes --no-deps --only-binary :all: --no-compile
UV_LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --no-header
PYTEST_WORKERS ?= 3
# compiled modules are kept: the tests start many processes, and each would compile everything anew
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help analyst demo test check lint types imports locks docs docs-check ci-slow coverage sweep stress lock bench screenshots differential clean install

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## ?(.*)/  \1|\2/' | column -t -s '|'

$(VENV)/run.stamp: requirements/run.txt pyproject.toml
	@test -x $(PY) || $(PYTHON) -m venv --without-pip $(VENV)
	@echo "installing what Amplifier runs on (requirements/run.txt)"
	@$(PIP) $(LOCKED) -r requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	@echo "installing what its tests and checks need (requirements/dev.txt)"
	@$(PIP) $(LOCKED) -r requirements/dev.txt
	@touch $@

install: $(VENV)/run.stamp ## make .venv with the locked run set

analyst: $(VENV)/run.stamp ## what charts, explore and Parquet need besides (the extras analytics, explore, parquet)
	@$(PIP) $(LOCKED) -r requirements/analyst.txt

demo: $(VENV)/run.stamp ## run the whole pipeline on embedded defaults: no account, no network
	@$(BIN)/amplifier demo

test: $(VENV)/dev.stamp ## the test-suite, in under three minutes
	@$(PY) -m pytest -n $(PYTEST_WORKERS)

ci-slow: $(VENV)/dev.stamp ## the slow proofs: a fresh wheel, process rounds
	@$(PY) -m pytest -n $(PYTEST_WORKERS) -m slow

coverage: $(VENV)/dev.stamp ## branch coverage of the queue, processes counted: fails under 100 %
	@$(PY) -m coverage erase
	@$(PY) -m coverage run --source=amplifier.publishing -m pytest -n $(PYTEST_WORKERS) -m "not slow or postgresql" \
		tests/publishing tests/simulation tests/planning tests/cli tests/test_app.py tests/test_daemon.py tests/test_rehearsal.py
	@$(PY) -m coverage combine --quiet
	@$(PY) -m coverage report --include='amplifier/publishing/*' --skip-covered --show-missing --fail-under=100

sweep: $(VENV)/dev.stamp ## kill a real run between any two lines, again and again, and judge by what the server holds
	@$(PY) -m tests.sweep

stress: $(VENV)/dev.stamp ## hours: 2,000 seeds of faults on a virtual clock (10 years, 100,000 posts), then 1,000 rounds of the sweep
	@$(PY) -m tests.simulation.stress --seeds 2000 --least-years 10 --least-posts 100000
	@$(PY) -m tests.sweep --rounds 1000

check: lint types imports locks docs-check ## everything that needs no running: style, types, contracts, locks, docs

lint: $(VENV)/dev.stamp ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp
	@$(BIN)/mypy

imports: $(VENV)/dev.stamp
	@$(BIN)/lint-imports --no-cache --no-logo

locks: $(VENV)/dev.stamp
	@$(PY) tools/check_locks.py

docs: $(VENV)/dev.stamp ## write what is generated: reference, data dictionary, .env.example, schema
	@$(PY) tools/make_docs.py

docs-check: $(VENV)/dev.stamp
	@$(PY) tools/make_docs.py --check

lock: $(VENV)/dev.stamp ## resolve the lock files again, with the newest versions allowed
	@$(BIN)/$(UV_LOCK) --upgrade pyproject.toml --group build -o requirements/run.txt
	@$(BIN)/$(UV_LOCK) --upgrade pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt
	@$(BIN)/$(UV_LOCK) --upgrade pyproject.toml --all-extras -c requirements/dev.txt -o requirements/analyst.txt
	@$(PY) tools/check_locks.py

bench: $(VENV)/dev.stamp ## figures as ratios, taken in one interleaved run
	@$(PY) -m benchmarks

screenshots: $(VENV)/dev.stamp ## pictures of the report, of explore and of the studio, light and dark (needs chromium)
	@$(PY) tools/make_screenshots.py
	@$(PY) tools/make_studio_screenshots.py

differential: $(VENV)/run.stamp ## our lengths beside X's own text library on 10,000 texts (needs node, npm, network)
	@$(PY) tools/differential.py

clean: ## remove the environment and everything that tools leave behind
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
