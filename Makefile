# make help says what there is. Needed: make, git, and Python 3.11, 3.12 or 3.13.

# Any Python that runs will do to look for one that fits; a name on PATH can be there and not run.
PYTHON3 := $(shell for python in python3 python3.12 python3.13 python3.11 $(HOME)/.pyenv/versions/*/bin/python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null && echo $$python && break; done)
RUN := .venv/bin/python -m
# Where this is set, every process compiles thousands of files of the SDKs anew.
unexport PYTHONDONTWRITEBYTECODE

# What is typed into ansible, pytest or the local cloud's command line is found in the virtual environment.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-cluster check bench lint lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

venv: ## make .venv from requirements.lock, with helm and kubectl
	@$(or $(PYTHON3),$(error no Python found: install 3.11, 3.12 or 3.13)) -m tools.venv

demo: venv ## try it all without a cloud account
	@$(RUN) tools.demo

test: venv ## everything, in the end "N passed, N failed"; LEGS="unit lint" runs only some
	@$(RUN) tools.test $(LEGS)

test-cluster: venv ## what runs in a cluster, in a real one for tests: CONTEXT=kind-kind (KUBECONFIG as kubectl has it)
	@$(RUN) tools.cluster $(or $(CONTEXT),$(error CONTEXT is not set: name the context of a cluster for tests))

check: venv ## an answer within a minute: ruff, types, unit tests
	@$(RUN) tools.test unit types ruff

bench: venv ## how fast it is
	@$(RUN) tools.bench

lint: venv ## ruff, yamllint, ansible-lint
	@$(RUN) tools.test lint ruff

lock: venv ## bring requirements.lock in line with requirements-dev.in; UPGRADE=1 takes the newest of everything
	@.venv/bin/uv pip compile --quiet $(if $(UPGRADE),--upgrade) --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
		--custom-compile-command "make lock" --output-file requirements.lock requirements-dev.in

clean: ## remove what tests and checks have left; the virtual environments stay
	@rm -rf .test .ansible .sandbox
	@find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +
