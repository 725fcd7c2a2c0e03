# TaskOverflow: `make help` lists what there is.
# Everything installs into .venv from the lock files and keeps its state under var/.

PYTHON ?= python3
PORT ?= 6400
UV_VERSION := 0.13.9
PACKAGES := canonical-log cloudwatch-spool logs-insights
# Whose tests `make test` runs.
TEST_PACKAGES ?= $(PACKAGES)

TERRAFORM := terraform -chdir=terraform
CHECKOV_VERSION := 3.3.30
MINISTACK_VERSION := 1.5.33
# Whatever `terraform plan` takes: make deploy VARS='-var learner_lab=true'
VARS ?=
REGION ?= us-east-1
TERRAFORM_VARS = -var region=$(REGION) $(VARS)

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
export TODO_PORT := $(PORT)

# For make load.
SCRIPT ?= planners-and-studiers
ENDPOINT ?=
SCALE ?= 1

.DEFAULT_GOAL := help
.PHONY: help run stop test test-packages lint bench-api bench-edge bench-edge-overload bench-edge-attacks bench-edge-lock bench-recovery bench-peers bench-scenario bench-server bench-soak bench-workers bench-profiler bench-idle-check \
  bench-logging bench-delivery bench-insights bench-report bench-console bench-diagnosis bench-containers \
  up down logs audit docs docs-serve docs-tables docs-pictures deploy deploy-load destroy destroy-load url load demo practice report trace test-containers test-terraform test-terraform-mutations test-account test-e2e test-faults lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(INSTALLED) ## run the API on http://127.0.0.1:6400 with a PostgreSQL of its own, and the console (PORT=6410 for another port)
	@$(BIN)/todo serve --migrate --ship

stop: $(INSTALLED) ## stop what make run started, with all its processes
	@$(BIN)/todo stop

up down logs test-containers: export COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

up: ## PostgreSQL, the API and the log shipper in containers (PORT=6401 for another port)
	@REVISION=$$(git rev-parse HEAD 2>/dev/null || echo unknown) containers/up

down: ## stop and remove the containers; the data stays
	@$(COMPOSE) --profile aws-local down

logs: ## what the containers say and log, as it comes
	@$(COMPOSE) logs --follow --tail 100

audit: $(INSTALLED) ## known vulnerabilities of the Python packages in the image (needs the image: make up)
	@BIN=$(BIN) containers/audit

.PHONY: has-terraform account
has-terraform:
	@command -v terraform >/dev/null || { echo 'terraform 1.11 or newer is needed: https://developer.hashicorp.com/terraform/install' >&2; exit 1; }

account: $(INSTALLED) has-terraform
	@$(TERRAFORM) init -input=false -lockfile=readonly >/dev/null
	@asked=$$(echo 'jsonencode(local.asked)' | $(TERRAFORM) console $(TERRAFORM_VARS)) \
	  && $(BIN)/python terraform/scripts/check_account.py "$$asked"

deploy: account ## apply terraform/ to AWS: make deploy VARS='-var allowed_cidrs=["203.0.113.7/32"]'
	@size=$$(echo 'jsonencode(local.size)' | $(TERRAFORM) console $(TERRAFORM_VARS)) \
	  && $(BIN)/python terraform/cost.py --hour --size "$$size"
	@$(TERRAFORM) apply $(TERRAFORM_VARS)
	@echo; echo "The API: $$($(TERRAFORM) output -raw url)/api/v1/todos"
	@echo "Drive it:    AWS_DEFAULT_REGION=$(REGION) TODO_LOG_GROUP=$$($(TERRAFORM) output -raw log_group) $(BIN)/todo load --aws --endpoint $$($(TERRAFORM) output -raw url)"
	@echo "Ask its log: AWS_DEFAULT_REGION=$(REGION) $(BIN)/todo bottlenecks --aws --log-group $$($(TERRAFORM) output -raw log_group)"
	@echo "Remove it:   make destroy"

destroy: account ## remove what make deploy made, with the same VARS (UNPROTECT=yes where it is protected)
	@if [ "$$($(TERRAFORM) output -json is_protected 2>/dev/null)" = true ]; then \
	  [ "$(UNPROTECT)" = yes ] || { echo 'Error: the stack is protected (protect = true). To remove it all the same: make destroy UNPROTECT=yes' >&2; exit 1; }; \
	  $(TERRAFORM) apply $(TERRAFORM_VARS) -var protect=false -var last_snapshot=true \
	    -target aws_lb.main -target aws_db_instance.main; \
	fi
	@$(TERRAFORM) destroy $(TERRAFORM_VARS) $(if $(UNPROTECT),-var last_snapshot=true)

LOAD_STACK := terraform -chdir=terraform/load

deploy-load: $(INSTALLED) has-terraform ## load machines on AWS for todo load --on fargate: make deploy-load VARS='-var task_cpu=2048 -var task_memory_mib=4096'
	@$(LOAD_STACK) init -input=false -lockfile=readonly >/dev/null
	@$(LOAD_STACK) apply $(TERRAFORM_VARS)
	@echo; echo "Drive a server: AWS_DEFAULT_REGION=$(REGION) $(BIN)/todo load --on fargate --machines 10 --stack $$($(LOAD_STACK) output -raw name) --endpoint http://..."
	@echo "Remove them:    make destroy-load"

destroy-load: $(INSTALLED) has-terraform ## remove what make deploy-load made, with the same VARS
	@$(LOAD_STACK) init -input=false -lockfile=readonly >/dev/null
	@$(LOAD_STACK) destroy $(TERRAFORM_VARS)

url: ## the address of what make deploy made
	@url=$$($(TERRAFORM) output -raw url) && echo "$$url"

trace: $(INSTALLED) ## what happened to a request: make trace ID=... (the X-Correlation-ID of its answer)
	@$(BIN)/todo trace $(or $(ID),$(error ID is missing: make trace ID=<the X-Correlation-ID of an answer>))

load: $(INSTALLED) ## a load test and its report: make load SCRIPT=smoke ENDPOINT=http://127.0.0.1:6400 SCALE=1
	@$(BIN)/todo load $(SCRIPT) $(if $(ENDPOINT),--endpoint $(ENDPOINT)) --scale $(SCALE) $(if $(SEED),--seed)

demo: $(INSTALLED) ## the whole exercise in a minute: serve, load, report, the trace of the slowest request
	@$(BIN)/todo demo

practice: $(INSTALLED) ## a course in the terminal: from log lines to a bottleneck, found and repaired
	@$(BIN)/todo practice

report: $(INSTALLED) ## the page of a load test: make report RUN=... (the folder's name in var/load)
	@$(BIN)/todo report $(or $(RUN),$(error RUN is missing: make report RUN=<a folder's name in var/load>))

test: $(INSTALLED) lint ## lint, types, import contracts and every test
	@echo '==> tests, in two processes: PYTEST_ARGS="-n 0" for one'
	@$(BIN)/pytest --ignore tests/containers --ignore tests/stack --ignore tests/load_stack --ignore tests/account \
	  -n 2 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)
	@for package in $(TEST_PACKAGES); do \
	  echo "==> tests of $$package"; \
	  (cd packages/$$package && ../../$(BIN)/pytest -n 2 --dist loadfile $(PYTEST_ARGS)) || exit 1; \
	done

test-packages: $(INSTALLED) ## each library from its wheel, alone: its size, types and tests (minutes)
	@$(BIN)/python packages/check.py

test-faults: $(INSTALLED) ## the tests that kill and delay, for minutes instead of seconds each
	@FAULT_TESTS=full $(BIN)/pytest packages/cloudwatch-spool/tests tests/serving/test_killed.py tests/database/test_cut.py \
	  tests/database/test_staleness.py $(PYTEST_ARGS)

test-containers: $(INSTALLED) ## the image and Compose, killed under load and misused (needs a Docker engine)
	@$(BIN)/pytest tests/containers $(PYTEST_ARGS)

test-terraform: $(INSTALLED) has-terraform var/checkov/bin/checkov ## fmt, validate, what the stack comes to with a mocked provider, checkov
	@$(TERRAFORM) fmt -check -recursive
	@$(TERRAFORM) init -input=false -backend=false -lockfile=readonly >/dev/null
	@$(LOAD_STACK) init -input=false -backend=false -lockfile=readonly >/dev/null
	@$(TERRAFORM) validate
	@$(LOAD_STACK) validate
	@$(TERRAFORM) test
	@$(BIN)/pytest tests/stack tests/load_stack -n 0 $(PYTEST_ARGS)
	@$(BIN)/python tests/stack/mutations.py --every 60
	@cd terraform && ../var/checkov/bin/checkov -d . --framework terraform --compact --quiet --skip-path tests --skip-download

test-terraform-mutations: EVERY = 8
test-terraform-mutations: $(INSTALLED) has-terraform ## how many of the faults in tests/stack/faults.toml the tests of the stack notice: each eighth (EVERY=1 for all, an hour)
	@$(TERRAFORM) init -input=false -backend=false -lockfile=readonly >/dev/null
	@$(LOAD_STACK) init -input=false -backend=false -lockfile=readonly >/dev/null
	@$(BIN)/python tests/stack/mutations.py --every $(EVERY)

test-account: $(INSTALLED) has-terraform ## apply and destroy the stack as on AWS, against moto: calls by AWS's models, rights, state in S3
	@$(BIN)/pytest tests/account -n 0 $(PYTEST_ARGS)

test-e2e: $(INSTALLED) var/e2e/venv/bin/ministack ## apply, drive, change and destroy the stack on an AWS emulator (Docker)
	@$(BIN)/pytest tests/deployment/e2e.py -v $(PYTEST_ARGS)

lint: $(INSTALLED) ## ruff, mypy and the import contracts alone
	@echo '==> ruff'
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@echo '==> mypy'
	@$(BIN)/mypy
	@echo '==> import contracts'
	@$(BIN)/lint-imports

bench-api: $(INSTALLED) ## worker CPU time per request against the least code that answers the same bytes
	@$(BIN)/python -m benchmarks.api

bench-edge: $(INSTALLED) var/bench-edge/bin/granian ## worker CPU per request of the edge, gthread and other servers
	@$(BIN)/python -m benchmarks.edge

bench-edge-overload: $(INSTALLED) ## ten times the capacity for a minute: goodput, waiting, refusals, health (BENCH_ARGS="--seconds 10")
	@$(BIN)/python -m benchmarks.edge_overload $(BENCH_ARGS)

bench-edge-attacks: $(INSTALLED) ## health checks and clients beside 500 and 5,000 hostile connections (BENCH_ARGS="--seconds 2")
	@$(BIN)/python -m benchmarks.edge_attacks $(BENCH_ARGS)

bench-edge-lock: $(INSTALLED) ## a table that is locked for 30 s under 40 and 400 clients (BENCH_ARGS="--seconds 6")
	@$(BIN)/python -m benchmarks.edge_lock $(BENCH_ARGS)

bench-recovery: $(INSTALLED) ## kill -9 of each process of make run under load, ten times: until it is back, what is lost (BENCH_ARGS="--rounds 2")
	@$(BIN)/python -m benchmarks.recovery $(BENCH_ARGS)

bench-peers: $(INSTALLED) var/bench-peers/.installed ## beside FastAPI, Starlette, Django and Flask as usual, under 16 clients (10 minutes)
	@$(BIN)/python -m benchmarks.peers

bench-server: $(INSTALLED) ## what the server's settings are worth, each alone: threads, workers, GIL, gc, preload (10 minutes; ROUNDS=2 takes 4)
	@$(BIN)/python -m benchmarks.server

bench-scenario: $(INSTALLED) ## the published scenario at 1, 10 and 30 times, and how far it goes (25 minutes)
	@$(BIN)/python -m benchmarks.scenario

bench-soak: $(INSTALLED) ## half an hour at 60 % of the capacity: does memory, a descriptor, a connection or the disk grow (SPEED=20 takes 2 minutes)
	@$(BIN)/python -m benchmarks.soak

bench-workers: $(INSTALLED) ## worker classes and counts under 16 clients
	@$(BIN)/python -m benchmarks.workers

bench-profiler: $(INSTALLED) ## what it costs a worker that a load test's requests are sampled
	@$(BIN)/python -m benchmarks.profiler

bench-idle-check: $(INSTALLED) ## what it costs to know that a pooled connection is alive
	@$(BIN)/python -m benchmarks.idle_check

bench-logging: $(INSTALLED) ## worker CPU time and bytes per request of the log lines, beside other loggers
	@$(BIN)/python -m benchmarks.logging

bench-delivery: $(INSTALLED) ## what a logging call costs, and what the shipper does, beside stock watchtower
	@$(BIN)/python -m benchmarks.delivery

bench-insights: $(INSTALLED) ## each shipped query on 1,000,000 events, against the best SQL by hand
	@$(BIN)/python -m benchmarks.insights

bench-report: $(INSTALLED) ## a report of 100,000 requests: time, memory, nothing missing
	@$(BIN)/python -m benchmarks.report

bench-console: $(INSTALLED) ## the console's pages on 1,000,000 events, its index, and its CPU while nobody looks
	@$(BIN)/python -m benchmarks.console

bench-diagnosis: $(INSTALLED) ## planted bottlenecks, each alone and beside a smaller one: how often the report names it
	@$(BIN)/python -m benchmarks.diagnosis $(BENCH_ARGS)

bench-containers: $(INSTALLED) ## the image's size and how soon a container answers (needs Docker and the image)
	@$(BIN)/python -m benchmarks.containers

docs: $(INSTALLED) ## build the documentation into var/docs, a site that needs no network
	@$(BIN)/zensical build --clean --strict

docs-serve: $(INSTALLED) ## the documentation on http://127.0.0.1:6480, built again as files change
	@$(BIN)/zensical serve --dev-addr 127.0.0.1:6480

docs-tables: $(INSTALLED) ## write the tables in docs/ that come from the code again
	@$(BIN)/python -m docs.tables

docs-pictures: $(INSTALLED) ## take the pictures of the pages in docs/images again (needs Chromium)
	@$(BIN)/python -m docs.pictures

lock: OWN = $(PACKAGES:%=--no-emit-package %)
lock: $(INSTALLED) ## resolve the dependencies again (UPGRADE=--upgrade for newer versions), and the base images' digests
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes $(OWN) \
	  --custom-compile-command 'make lock' --quiet $(UPGRADE) -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes $(OWN) \
	  --custom-compile-command 'make lock' --quiet $(UPGRADE) -c requirements.lock -o requirements-dev.lock
	@$(BIN)/uv pip compile benchmarks/peers/requirements.in --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --quiet $(UPGRADE) -o benchmarks/peers/requirements.lock
	@$(BIN)/uv pip compile containers/load/requirements.in --python-version 3.13 --generate-hashes \
	  --custom-compile-command 'make lock' --quiet $(UPGRADE) -c requirements.lock -o containers/load/requirements.lock
	@containers/pin-base-images

clean: ## remove the virtual environment and everything under var/, the database too
	rm -rf $(VENV) var

$(INSTALLED): requirements-dev.lock pyproject.toml $(PACKAGES:%=packages/%/pyproject.toml) Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is %s. Choose one: make PYTHON=python3.13 ..." % sys.version.split()[0])'
	@echo '==> installing into $(VENV)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip sync --python $(BIN)/python --require-hashes --allow-empty-requirements requirements-dev.lock
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --no-build-isolation \
	  $(PACKAGES:%=--editable packages/%) --editable .
	@touch $@

# Servers that are only compared with.
var/bench-edge/bin/granian: $(INSTALLED)
	@$(BIN)/uv pip install --quiet --no-deps --target var/bench-edge gevent==26.9.0 zope.interface==8.7 zope.event==6.2 \
	  psycogreen==1.0.2 a2wsgi==1.10.10 granian==2.8.7
	@touch $@

var/bench-peers/.installed: $(INSTALLED) benchmarks/peers/requirements.lock
	@$(PYTHON) -m venv var/bench-peers
	@$(BIN)/uv pip sync --quiet --python var/bench-peers/bin/python --require-hashes benchmarks/peers/requirements.lock
	@touch $@

# In environments of their own: they pin other versions of boto3.
var/checkov/bin/checkov: | $(INSTALLED)
	@$(PYTHON) -m venv --without-pip var/checkov
	@$(BIN)/uv pip install --quiet --python var/checkov/bin/python checkov==$(CHECKOV_VERSION)

var/e2e/venv/bin/ministack: | $(INSTALLED)
	@$(PYTHON) -m venv --without-pip var/e2e/venv
	@$(BIN)/uv pip install --quiet --python var/e2e/venv/bin/python 'ministack[full]==$(MINISTACK_VERSION)'
