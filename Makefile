# Everything aftercell needs is prepared in .venv from hash-checked locks. Python 3.11+ and make are enough.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup run test test-slow lint bench lock clean

run: .venv/.run-ready
	$(BIN)/aftercell demo

setup: .venv/.test-ready

test: .venv/.test-ready .venv/.chromium-ready lint
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

# Chaos, the journeys of weeks, and all journeys on PostgreSQL: ten minutes more.
test-slow: .venv/.test-ready
	$(BIN)/python -m pytest -n 2 --dist loadfile -m slow

lint: .venv/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.test-ready
	$(BIN)/python -m benchmarks

.venv/.run-ready: requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

.venv/.test-ready: requirements-dev.txt .venv/.run-ready
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

# The browser tests drive a real Chromium: found, or installed where that is possible, or told how to get one.
.venv/.chromium-ready: .venv/.test-ready
	$(BIN)/python -m tests.browser.chromium
	touch $@

# Pins are renewed on purpose only; the locks name no index, so pip's own configuration decides where packages come from.
lock:
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/pip install --quiet uv
	.venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --upgrade --extra install pyproject.toml -o requirements.txt
	.venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra install --extra dev -c requirements.txt --upgrade pyproject.toml -o requirements-dev.txt

clean:
	rm -rf .venv var
