# Everything a newcomer, a developer and CI run. `make help` lists it.
# Needs Python 3.11 or newer and make; uses uv when it is there, else venv and pip.

SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV ?= .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
RUN_STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
BENCH_STAMP := $(VENV)/.installed-bench
# Test processes. Two cores are what CI has; the database server wants its share of them.
JOBS ?= 2
PYTEST := $(BIN)/pytest -n $(JOBS) --dist worksteal
# Also for make targets that only pass words on: `make test ARGS="-k receipt"`.
ARGS ?=

# pip and uv print one line each; a failure prints everything.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo up test test-fast test-15 test-pooled check lint types imports sql migrations \
	deploy-check bench nights bench-latency bench-recon \
	fmt dump scenarios settings freeze clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

# Interpreters are run, not only looked up: a version manager leaves names that do not start.
$(PY):
	@found=""; \
	for name in $$PYTHON python3 python3.14 python3.13 python3.12 python3.11 python /usr/bin/python3; do \
	  if "$$name" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    found="$$name"; break; fi; \
	done; \
	if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --python "$${found:-3.11}" $(VENV); \
	elif [ -z "$$found" ]; then \
	  echo "crossdock needs Python 3.11 or newer; none was found (looked for python3, python3.11 ... 3.14)." >&2; \
	  echo "Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; \
	else \
	  "$$found" -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "Python's venv does not work; on Debian: apt-get install python3-venv" >&2; exit 1; }; \
	fi

define install
	@echo "installing crossdock$(1) into $(VENV) ..."
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(PY) -e '.$(1)'; \
	else \
	  $(PY) -m pip install -qq -e '.$(1)'; \
	fi
	@touch $@
endef

$(RUN_STAMP): pyproject.toml | $(PY)
	$(call install,)

$(DEV_STAMP): pyproject.toml | $(PY)
	$(call install,[dev])
	@touch $(RUN_STAMP)

$(BENCH_STAMP): pyproject.toml | $(DEV_STAMP)
	$(call install,[bench])

setup: $(DEV_STAMP) ## make the virtual environment with everything for development

demo: $(RUN_STAMP) ## a realistic business day, end to end
	$(BIN)/crossdock demo $(ARGS)

up: $(RUN_STAMP) ## database and daemon until Ctrl-C
	$(BIN)/crossdock up $(ARGS)

test: $(DEV_STAMP) ## all tests
	$(PYTEST) -m "not bench" $(ARGS)

test-fast: $(DEV_STAMP) ## the tests that need no database
	$(PYTEST) -m unit $(ARGS)

test-15: $(DEV_STAMP) ## contract and integration tests on the server in CROSSDOCK_TEST_DATABASE_URL
	@test -n "$$CROSSDOCK_TEST_DATABASE_URL" || { \
	  echo "set CROSSDOCK_TEST_DATABASE_URL to a superuser's URL of a PostgreSQL 15 server" >&2; exit 2; }
	@# Plans are asserted on the version they were measured on; 15's planner chooses others at this size.
	$(PYTEST) -m "contract or integration" --ignore=tests/contract/test_plans.py $(ARGS)

test-pooled: $(DEV_STAMP) ## the engine's tests through a pgbouncer before the server of test-15
	@# A quarter of the integration tests: every road, races, jobs, retiring, counts, inboxes.
	tests/support/pooled.sh $(PYTEST) tests/integration/test_goods_receipt.py \
	  tests/integration/test_purchase_order.py tests/integration/test_races.py \
	  tests/integration/test_stock_count.py tests/integration/test_poison.py \
	  tests/integration/test_jobs.py tests/integration/test_retire.py \
	  tests/integration/test_inbox_loop.py $(ARGS)

check: lint types imports sql migrations deploy-check ## lint, types, import directions, SQL, migrations

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_STAMP)
	$(BIN)/mypy

imports: $(DEV_STAMP)
	$(BIN)/lint-imports

sql: $(DEV_STAMP)
	$(BIN)/sqlfluff lint --processes $(JOBS) schema/statements schema/functions

migrations: $(DEV_STAMP)
	$(PY) -m migrations.freeze --check
	@printed="$$(mktemp)"; trap 'rm -f "$$printed"' EXIT; \
	$(BIN)/crossdock migrate --sql > "$$printed" && \
	$(BIN)/squawk --config .squawk.toml "$$printed"

deploy-check: $(DEV_STAMP) ## the deployment's files: container, Compose, Kubernetes, systemd
	$(BIN)/hadolint deploy/Containerfile
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose/compose.yaml
	@for file in deploy/kubernetes/*.yaml; do \
	  $(BIN)/kubernetes-validate --quiet --strict "$$file" || exit 1; done
	@if command -v systemd-analyze >/dev/null 2>&1; then \
	  units="$$(mktemp -d)"; trap 'rm -rf "$$units"' EXIT; \
	  for unit in deploy/systemd/*.service; do \
	    sed 's#^ExecStart=[^ ]*#ExecStart=/bin/true#' "$$unit" > "$$units/$${unit##*/}"; done; \
	  systemd-analyze verify "$$units"/*.service; fi

# Its peers are installed into .peers by the part that needs them.
bench: $(BENCH_STAMP) ## the ratios (many minutes; wants an idle machine); ARGS="--only floors"
	@mkdir -p build/bench
	$(PY) -m tests.bench --json build/bench/figures.json --plots build/bench $(ARGS)

bench-recon: $(DEV_STAMP) ## a night of the reconciliation; ARGS="--keys 5000000"
	$(PY) -m tests.bench.recon $(ARGS)

nights: $(DEV_STAMP) ## a month of nights with faults of every class (some minutes)
	$(PY) -m tests.bench.nights $(ARGS)

bench-latency: $(DEV_STAMP) ## from the sender's commit to the receiver, and the idle cost
	$(PY) -m tests.bench.latency $(ARGS)

fmt: $(DEV_STAMP) ## format Python and mend what the linters can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dump: $(DEV_STAMP) ## write the golden dump of the migrated schema
	$(PY) -m tests.support.dump

scenarios: $(DEV_STAMP) ## write docs/scenarios.md from the stories
	$(PY) -m tests.support.scenarios

settings: $(DEV_STAMP) ## write the pages about settings and alarms in docs/
	$(PY) -m sync.settings_pages

freeze: $(DEV_STAMP) ## write schema/ into the first migration's SQL file
	$(PY) -m migrations.freeze

clean: ## remove the virtual environment and all caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
