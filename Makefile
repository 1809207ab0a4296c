# Needs GNU make and Python 3.11 or newer; everything else is brought along, locked by hash, into .venv.

PYTHON ?= python3
NODES ?= 1
PROCESSES ?= 2
ARGS ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
CODE := closedloop services shared tests deploy

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

.PHONY: help install run test unit integration contract e2e chaos fuzz bench lint format types kafka kafka-stop cluster cluster-stop cluster-check deploy-check deploy-render backup-drill replay verify docs lock audit clean upgrade

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: .venv/run.done ## start everything on this machine (ARGS="..." is passed on)
	@$(BIN)/closedloop run $(ARGS)

install: .venv/run.done ## install what it runs on, and start nothing

test: .venv/dev.done ## run all tests, as many at once as PROCESSES says
	@$(BIN)/pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

unit: .venv/dev.done ## run the tests that need nothing but Python
	@$(BIN)/pytest tests/unit tests/architecture $(ARGS)

integration: .venv/dev.done ## run the tests on a real database and a real broker
	@$(BIN)/pytest tests/integration $(ARGS)

contract: .venv/dev.done ## check that what was once published still reads
	@$(BIN)/pytest tests/contract $(ARGS)

e2e: .venv/dev.done ## run whole complaints through the whole system
	@$(BIN)/pytest tests/e2e $(ARGS)

chaos: .venv/dev.done ## break everything for ten minutes, then prove it whole (ARGS="--seed 7 --minutes 10")
	@$(BIN)/python -m tests.chaos $(ARGS)

upgrade: .venv/dev.done ## run old and new code at once under load: upgrade and go back, on a real broker
	@CLOSEDLOOP_UPGRADE=1 $(BIN)/pytest tests/upgrade $(ARGS)

fuzz: .venv/dev.done ## ask every interface what nobody thought of, for hours (CLOSEDLOOP_FUZZ=200 requests an operation)
	@CLOSEDLOOP_FUZZ=$${CLOSEDLOOP_FUZZ:-200} $(BIN)/pytest tests/e2e/test_interfaces.py $(ARGS)

bench: .venv/dev.done ## measure speed beside what the machine could do at most (ARGS="--only append,rebuild --rounds 3")
	@$(BIN)/python -m tests.load $(ARGS)

lint: .venv/dev.done ## check style, imports between packages, and dependencies
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/lint-imports
	@$(BIN)/deptry .

format: .venv/dev.done ## put the code into its form
	@$(BIN)/ruff check --fix --select I $(CODE)
	@$(BIN)/ruff format $(CODE)

types: .venv/dev.done ## check types
	@$(BIN)/mypy

kafka: .venv/dev.done ## start Apache Kafka on this machine (NODES=1 or 3)
	@$(BIN)/python -m deploy.kafka.kafka start --nodes $(NODES)

kafka-stop: .venv/dev.done ## stop it
	@$(BIN)/python -m deploy.kafka.kafka stop --nodes $(NODES)

deploy-check: .venv/dev.done ## check chart, compose file and alert rules with Helm, Compose and Prometheus (needs Go)
	@$(BIN)/python -m deploy.check

deploy-render: .venv/dev.done ## keep what the chart renders to, for the tests that have no Helm
	@$(BIN)/python -m deploy.check --write

cluster: .venv/dev.done ## start everything as a cluster on this machine (ARGS="--api 2 --worker 2 --detach")
	@$(BIN)/python -m deploy.cluster.cluster start $(ARGS)

cluster-stop: .venv/dev.done ## stop it
	@$(BIN)/python -m deploy.cluster.cluster stop

cluster-check: .venv/dev.done ## start a whole cluster in an empty folder, walk round, kill what can be killed
	@CLOSEDLOOP_WHOLE_CLUSTER=1 $(BIN)/pytest tests/e2e/test_cluster.py $(ARGS)

backup-drill: .venv/dev.done ## back up while a simulation runs, restore in every combination (ARGS="--complaints 60 --seed 1")
	@$(BIN)/python -m tests.restore.drill $(ARGS)

replay: .venv/run.done ## build all views anew from the events
	@$(BIN)/closedloop replay $(ARGS)

verify: .venv/run.done ## prove that events, views and audit trail agree
	@$(BIN)/closedloop verify $(ARGS)

docs: .venv/run.done ## write the pages that are made from the code
	@$(BIN)/python -m closedloop.docs

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links --upgrade pyproject.toml --group build

lock: .venv/dev.done ## lock the newest versions that pyproject.toml allows
	@$(LOCK) -o requirements.lock
	@$(LOCK) --group dev -c requirements.lock -o requirements-dev.lock

audit: .venv/dev.done ## ask whether a locked dependency has a known weakness
	@$(BIN)/python -m deploy.audit requirements.lock requirements-dev.lock

clean: ## remove what make made (the data in var/ stays)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'Closedloop needs Python 3.11 or newer, and "$(PYTHON)" is not: try make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'This Python has no venv (Debian, Ubuntu: apt install python3-venv).' >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/run.done: requirements.lock pyproject.toml | .venv/made
	@echo 'installing what closedloop runs on (first time only, about a minute) ...'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-build-isolation --no-deps --no-index -e .
	@touch $@

.venv/dev.done: requirements-dev.lock pyproject.toml | .venv/made
	@echo 'installing what the tests need (first time only, about a minute) ...'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-build-isolation --no-deps --no-index -e .
	@touch $@ .venv/run.done
