# The two commands that matter: `make demo` and `make test`. `make help` lists all.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
HOME_DIR ?= data
# millions of invoices that `make bench` measures with, e.g. SIZES=1,10,50
SIZES ?= 1,10
# options of `make stand-ins`, e.g. STAND_INS="--faults drop_after=0.1"
STAND_INS ?=

.PHONY: help demo stand-ins test test-slow test-nightly mutations bench lint types ui check clean lock

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

demo: $(STAMP)  ## set up, run the main job on the sample home, show what happened
	$(BIN)/chasing demo

test: $(STAMP)  ## set up, pass the tests
	$(BIN)/python -m pytest -m "not slow and not nightly" -n 2 -q

test-slow: $(STAMP)  ## the tests that take long: kills at random, two machines, many random homes
	$(BIN)/python -m pytest -m slow -n 2 -q

test-nightly: $(STAMP)  ## kills and faults over thousands of live sendings, against stand-ins
	CRASH_SENDS=900 $(BIN)/python -m pytest -m nightly -n 2 -q

mutations: $(STAMP)  ## change each comparison of the rules in turn, and see that a test fails
	$(BIN)/python -m tests.mutations

bench: $(STAMP)  ## how fast it is, as ratios (SIZES=1,10: millions of invoices)
	$(BIN)/python -m benchmarks --sizes $(SIZES)
	$(BIN)/python -m benchmarks.sending

stand-ins: $(STAMP)  ## stand-ins for Twilio, Lob, SMTP and IMAP on loopback, to try live mode with
	$(BIN)/python -m tests.stand_ins $(STAND_INS)

ui: $(STAMP)  ## the orchestrator's web UI with its daemon
	$(BIN)/chasing ui --home $(HOME_DIR)

lint: $(STAMP)  ## style, SQL and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/sqlfluff lint sql
	$(BIN)/lint-imports

types: $(STAMP)  ## types
	$(BIN)/mypy

check: lint types test  ## everything that CI checks on every change

clean:  ## remove what was generated
	rm -rf .venv data/warehouse data/outbox data/.dagster data/.locks data/ledger.sqlite*

lock:  ## pin the dependencies anew (needs uv)
	uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 \
		--no-header --no-annotate --no-strip-extras --upgrade -o requirements.lock
