# LogPipeline operator. `make help` lists what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
ENVIRONMENT := .venv/.installed
CODE := operator dataplane sandbox tools tests bench

.PHONY: help
help: ## List the targets
	@if [ -t 1 ]; then bold=$$'\033[1m' plain=$$'\033[0m'; else bold= plain=; fi; \
	sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | \
	while IFS=$$'\t' read -r target what; do printf '  %s%-16s%s %s\n' "$$bold" "$$target" "$$plain" "$$what"; done

##@ The two commands
.PHONY: demo test
demo: $(ENVIRONMENT) ## A million records drain, on real parts (KEEP=1 leaves all running, KILL=2 kills the operator twice)
	@$(BIN)/python -m sandbox.demo $(if $(KEEP),--keep) $(if $(KILL),--kill-operator $(KILL))

test: lint types layers generated unit real ## All checks: style, types, layers, generated files, tests on real parts
	@echo 'All checks passed.'

##@ The parts of `make test`
.PHONY: lint types layers generated unit browser real contract
.PHONY: cluster cluster-work cluster-input cluster-leader cluster-chart
lint: $(ENVIRONMENT) ## Style
	@$(BIN)/ruff format --check --quiet $(CODE) || { echo 'Some files are not formatted: run `make format`.'; exit 1; }
	@$(BIN)/ruff check --quiet $(CODE)

types: $(ENVIRONMENT) ## Types
	@$(BIN)/mypy

layers: $(ENVIRONMENT) ## Who may import whom
	@found=$$($(BIN)/lint-imports --no-cache) || { echo "$$found"; exit 1; }

generated: $(ENVIRONMENT) ## Whether the generated files are what the code generates
	@$(BIN)/python -m tools.generate --check

unit: $(ENVIRONMENT) ## Unit tests and stories
	@$(BIN)/pytest -q tests/unit tests/scenarios

browser: $(ENVIRONMENT) ## The simulator's report in chromium
	@$(BIN)/pytest -q tests/browser

# Two at a time, each in a sandbox of its own: four made two cores so busy that what takes seconds took a minute.
real: $(ENVIRONMENT) ## Tests on real Kafka, Redis, Prometheus and Kubernetes
	@$(BIN)/python -m sandbox build
	@$(MAKE) --jobs=2 --output-sync=target contract cluster-chart cluster-work cluster-leader cluster-input browser

contract: $(ENVIRONMENT) ## Tests on real Kafka, Redis and Prometheus
	@$(BIN)/pytest -q tests/contract

cluster: cluster-work cluster-input cluster-leader cluster-chart ## Tests on a real Kubernetes

INSTALLED := tests/cluster/installed
INPUT := $(wildcard $(INSTALLED)/test_bad_input*.py) $(INSTALLED)/test_secrets.py
LEADER := tests/cluster/leader tests/cluster/test_api_server_faults.py tests/cluster/test_watches.py

cluster-work: $(ENVIRONMENT) ## … of an operator that helm installed, at its work
	@$(BIN)/pytest -q $(INSTALLED) $(INPUT:%=--ignore=%)

cluster-input: $(ENVIRONMENT) ## … of what it makes of bad input
	@$(BIN)/pytest -q $(INPUT)

cluster-leader: $(ENVIRONMENT) ## … of two operators, and of an API server in trouble
	@$(BIN)/pytest -q $(LEADER)

cluster-chart: $(ENVIRONMENT) ## … of the chart, the rights, and all the rest
	@$(BIN)/pytest -q tests/cluster --ignore=$(INSTALLED) $(LEADER:%=--ignore=%)

##@ Measuring
.PHONY: bench-reaction bench-scale bench-memory bench-worker bench-control bench-decide bench-fidelity bench-forecast
bench-reaction: $(ENVIRONMENT) ## From 100,000 records to the final count: 20 runs
	@$(BIN)/python -m bench.reaction

bench-scale: $(ENVIRONMENT) ## What 500 and 1,000 pipelines cost (ONLY=steady runs one part, QUICK=1 is short)
	@$(BIN)/python -m bench.scale $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick)

bench-memory: $(ENVIRONMENT) ## Memory of the operator with one pipeline
	@$(BIN)/python -m bench.memory

bench-worker: $(ENVIRONMENT) ## Records/s of one worker, beside a bare consumer
	@$(BIN)/python -m bench.worker

bench-decide: $(ENVIRONMENT) ## CPU time of one decision, for 64 and 1,000 partitions
	@$(BIN)/python -m bench.decide

bench-control: $(ENVIRONMENT) ## Every policy on every trace and scenario (ONLY=worldcup runs one part, QUICK=1 is short)
	@$(BIN)/python -m bench.control $(if $(ONLY),--only $(ONLY)) $(if $(QUICK),--quick)

bench-fidelity: $(ENVIRONMENT) ## One scenario on real parts and in the simulator: how far they are apart (RUNS=1 is short)
	@$(BIN)/python -m bench.fidelity $(if $(RUNS),--runs $(RUNS))

bench-forecast: $(ENVIRONMENT) ## How wrong forecasts two hours ahead are, on every trace, and what one costs
	@$(BIN)/python -m bench.forecast

##@ Working on it
.PHONY: format generate pictures lock clean
format: $(ENVIRONMENT) ## Format the code
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix --quiet $(CODE)

generate: $(ENVIRONMENT) ## Write the generated files: CRDs, chart copies, reference pages
	@$(BIN)/python -m tools.generate

pictures: $(ENVIRONMENT) ## Draw the pictures of the docs, from runs of the simulator
	@$(BIN)/python -m tools.pictures

lock: $(ENVIRONMENT) ## Pin the dependencies anew
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --no-annotate pyproject.toml dataplane/pyproject.toml requirements/dev.in -o requirements/dev.txt

clean: ## Stop the sandbox, and remove what was made here
	@for sandbox in $(wildcard .sandbox/*/); do $(BIN)/python -m sandbox down --wipe --dir "$$sandbox"; done
	@rm -rf .venv .sandbox .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The environment. Hashes are checked, so that what was tested is what is run.
$(ENVIRONMENT): requirements/dev.txt pyproject.toml dataplane/pyproject.toml
	@echo 'Installing the Python environment into .venv …'
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed: set PYTHON=…'; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e . -e ./dataplane
	@touch $@
