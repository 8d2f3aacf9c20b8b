# `make demo` and `make test` do all their own set-up: minutes the first time, nothing the second. Python 3.11 or newer
# is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Python compiles what is imported when it is: thousands of files of torch and sympy never are
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

.PHONY: demo studio site test check format mutants kills words fuzz
.DEFAULT_GOAL := help

help:
	@echo "make demo    a VAE learns to write digits: torch is fetched and set up, once, then about three minutes on two cores"
	@echo "make studio  the runs in the browser: watch, generate, explore, edit; on this machine alone"
	@echo "make site    the lecture as pages, into site/: models are trained, some ten minutes; then only what changed"
	@echo "make test    the tests"
	@echo "make kills   every command killed or stopped at each of its writes, and each of its calls failing: some ten minutes"
	@echo "make words   600 bad command lines"
	@echo "make fuzz    a thousand damaged files and words; COUNT=170 of each kind"
	@echo "make check   format, lint, types, import contract"
	@echo "make mutants the maths, wrong in one place at a time: do the tests see it? some twenty minutes"

# The stamp files say what is installed: they are redone when the files they come from change.
$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "aegean needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e '.[dev]'
	@touch $@ $(VENV)/demo.stamp

$(VENV)/studio.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e '.[studio]'
	@touch $@ $(VENV)/demo.stamp

$(VENV)/docs.stamp: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e '.[docs]'
	@touch $@ $(VENV)/demo.stamp

demo: $(VENV)/demo.stamp
	$(BIN)/aegean demo

studio: $(VENV)/studio.stamp
	$(BIN)/aegean studio --open

site: $(VENV)/docs.stamp
	PYTHONPATH=docs $(BIN)/python -m sitebuilder site

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal

kills: $(VENV)/dev.stamp
	AEGEAN_POINTS=1000 $(BIN)/python -m pytest -s tests/machine/test_faults.py

words: $(VENV)/dev.stamp
	AEGEAN_LINES=600 $(BIN)/python -m pytest -s tests/machine/test_words.py

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -c 'import importlib.util as u, sys; sys.exit("torchvision is installed" if u.find_spec("torchvision") else 0)'

# COUNT files and words of each of six kinds, made by chance
COUNT ?= 170
fuzz: $(VENV)/dev.stamp
	AEGEAN_FUZZ=$(COUNT) $(BIN)/python -m pytest tests/test_fuzz.py -q -n 0

format: $(VENV)/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

mutants: $(VENV)/dev.stamp
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/mutants.py
