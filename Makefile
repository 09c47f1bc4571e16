# Everything runs from the virtual environment; `make help` lists what there is.
NEW_ENOUGH := import sys, ensurepip; sys.exit(sys.version_info < (3, 11))
# The first that runs: a version manager may list programs that it then refuses.
PYTHON = $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$p && break; done)
# Where Python is told to keep nothing that it has compiled, every program compiles the product again.
unexport PYTHONDONTWRITEBYTECODE
BENCH ?= orders pages search nearby ledger settlement import_listings
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input --require-hashes
.DEFAULT_GOAL := help
.PHONY: help run test races chaos lint format bench audit translations browser

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.run  ## start everything on http://127.0.0.1:8000 (PORT and NUKKAD_HOME are honoured)
	@exec $(BIN)/python manage.py up

test: $(VENV)/.dev browser  ## run the tests, on servers and a browser of their own
	@$(BIN)/python -m pytest -n $${WORKERS:-4} $(ARGS)

races: $(VENV)/.dev  ## race for stock from many processes: ROUNDS=1000 OPERATIONS=1000000 PROCESSES=4 SEED=...
	@$(BIN)/python -m tests.races

chaos: $(VENV)/.dev  ## kill -9 every program under load while the bank errs: KILLS=200 SEED=... CLIENTS=8 TRADERS=2 FAULTS=0.3
	@$(BIN)/python -m tests.chaos

lint: $(VENV)/.dev  ## check style, types, templates, imports, migrations and translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --check --lint templates payments/bank/templates
	$(BIN)/lint-imports
	@# Without a database: only the models and the files are compared.
	DATABASE_URL=postgresql://none@127.0.0.1:1/none DJANGO_SETTINGS_MODULE=marketplace.settings.test \
		$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check_translations

format: $(VENV)/.dev  ## put code and templates into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates payments/bank/templates

bench: $(VENV)/.dev  ## measure: all of benchmarks/, or BENCH="orders ledger"
	@for name in $(BENCH); do echo "benchmarks.$$name" >&2; $(BIN)/python -m benchmarks.$$name || exit 1; done

audit: $(VENV)/.dev browser  ## run Lighthouse and axe on the main pages and say which budget is missed: RUNS=5 (needs Node and npm)
	@$(BIN)/python -m benchmarks.audit $${RUNS:-5}

translations: $(VENV)/.dev  ## collect new texts into the Hindi catalogue, or LANGUAGE=ta (needs GNU gettext)
	$(BIN)/python manage.py makemessages -l $${LANGUAGE:-hi} --no-obsolete --no-wrap --add-location file

browser: $(VENV)/.dev
	@$(BIN)/python -m tests.browser

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (Debian: apt install python3-venv)"; exit 1; }
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(BIN)/python
	@echo "Installing requirements (once)"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(BIN)/python
	@echo "Installing development requirements (once)"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run
