# Every target is what CI calls; each puts in place what it needs (scripts/bootstrap), so a fresh clone needs nothing first.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup images demo test check bench format generate clean

export PATH := $(CURDIR)/.venv/bin:$(PATH)
PYTEST_ARGUMENTS ?=

help: ## say what the targets do
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## put uv, Python and Node packages, the proxy, the JupyterLab extension and a Docker engine in place
	@scripts/bootstrap

images: setup ## build the container images that do not exist yet
	@if [ -s var/engine ]; then python -m images.build > /dev/null; else echo "images: skipped, no Docker engine"; fi

demo: setup images ## run the whole system with a synthetic cohort; Ctrl-C stops it
	@exec nbassess demo

check: setup ## lint, types, import arrows, TypeScript, generated files
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	cd extensions/recorder && npm run --silent lint
	python -m nbassess_events.schema --check
	python -m nbassess_hub.reference --check

test: check images ## every check and every test
	cd extensions/recorder && npm run --silent test
	mkdir -p build
	pytest $(PYTEST_ARGUMENTS)

bench: setup images ## measure, print a table, write build/bench.json
	@python -m tests.bench

format: setup ## let ruff rewrite what it can
	ruff check --fix .
	ruff format .

generate: setup ## write the generated files anew
	python -m nbassess_events.schema
	python -m nbassess_hub.reference

clean: ## remove what was built; packages, images and state stay
	rm -rf build extensions/recorder/lib extensions/recorder/nbassess_recorder/labextension .mypy_cache .ruff_cache .pytest_cache
