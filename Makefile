# Everything a newcomer needs: `make up` and `make test`. Python 3.11 or newer is the only thing to bring.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# Processes that share the tests: one for each core, up to four. Each has servers and a cluster of its own, about 2 GB.
WORKERS ?= auto --maxprocesses 4
PYTEST := $(RUN) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: help up install example test test-fast mutants lint bench screenshots requirements clean

up: $(VENV)/runtime.stamp ## bring up the demo cluster in the foreground; Ctrl-C stops it
	@exec $(RUN) manage.py cluster up $(ARGS)

example: $(VENV)/runtime.stamp ## bring up the library of examples/, another application on the same engine; Ctrl-C stops it
	@DJANGO_SETTINGS_MODULE=examples.library.settings PODS_TOPOLOGY=topology/examples/library.toml $(RUN) manage.py cluster up $(ARGS)

install: $(VENV)/runtime.stamp ## make the virtual environment that pods and routers run in

test: $(VENV)/dev.stamp ## all tests
	@exec $(PYTEST) $(ARGS)

test-fast: $(VENV)/dev.stamp ## the tests without the slow scenarios
	@exec $(PYTEST) -m "not slow" $(ARGS)

mutants: $(VENV)/dev.stamp ## small changes of the code that no test notices; for hours, or ARGS="permissions --minutes 10"
	@exec $(RUN) -m tests.mutants $(ARGS)

lint: $(VENV)/dev.stamp ## style, types, layers, declarations, migrations
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy .
	$(VENV)/bin/lint-imports
	$(RUN) manage.py check
	$(RUN) manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=examples.library.settings PODS_TOPOLOGY=topology/examples/library.toml $(RUN) manage.py check
	DJANGO_SETTINGS_MODULE=examples.library.settings $(RUN) manage.py makemigrations --check --dry-run
	$(RUN) manage.py lintmigrations --quiet ok ignore

bench: $(VENV)/dev.stamp ## the figures of the docs, measured on this machine
	@exec $(RUN) -m bench $(ARGS)

screenshots: $(VENV)/dev.stamp ## pictures of the main pages for the docs, from a demo cluster of their own
	@exec $(RUN) -m tests.browser.screenshots $(ARGS)

requirements: python ## pin requirements/*.txt afresh, with hashes
	@$(PYTHON) requirements/compile.py

clean: ## remove the virtual environment and what tools left; the cluster's data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -not -path './.pods/*' -prune -exec rm -rf {} +

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 16

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer, or say where it is: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11. Say where a newer one is: make PYTHON=/path/to/python3.11" >&2; exit 1; }

# A stamp holds the hash of what was installed: an older or newer file that says the same changes nothing.
$(VENV)/runtime.stamp: requirements/runtime.txt | python
	@$(PYTHON) requirements/install.py $(VENV) runtime

$(VENV)/dev.stamp: requirements/runtime.txt requirements/dev.txt | python
	@$(PYTHON) requirements/install.py $(VENV) dev
