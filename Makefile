# Everything on a fresh machine with Python 3.11 or newer, pip and make:
#   make demo   makes pictures in your browser
#   make quick  answers within seconds while you work   make test   runs every check and test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES := $(shell $(PYTHON) -c 'import os; print(os.cpu_count() or 1)')
# Two processes more than cores, since many tests wait for timers and for programs that they start. The tests of one file
# stay together, since they may share a browser or a process.
IN_PARALLEL = -n $(shell expr $(CORES) + 2) --dist loadfile
# Python compiles each of our modules once, and not anew in every process that tests start.
export PYTHONDONTWRITEBYTECODE =
INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: demo quick test check format other-pythons bench crash lock third-party clean

demo: $(VENV)/.runtime
	@$(BIN)/python -m bot demo

test: check

# What answers within seconds: format, lint, the types of what changed since the last time, and the fast tests.
quick: $(VENV)/.dev
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy & types=$$!; \
	  $(BIN)/python -m pytest --quiet -n $(CORES) $$($(BIN)/python -m tests.kinds fast); tests=$$?; \
	  wait $$types && exit $$tests

# The tests of simulators run where a simulator has changed against the main branch; PLANTAIN_ALL_TESTS=1 runs them all.
check: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet . || { echo "run 'make format'"; exit 1; }
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet $(IN_PARALLEL) -m "$$($(BIN)/python -m tests.kinds needed)"

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The fast tests once more on every other Python that is supported and found here, or those of KIND.
KIND := fast
other-pythons: $(VENV)/.dev
	@for version in 3.11 3.12 3.13; do \
	  if $(BIN)/python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$$version')"; then continue; fi; \
	  found=$$(.ci/find-python $$version) || { echo "Python $$version: not found here, its tests are not run"; continue; }; \
	  echo "Python $$version ($$found):"; \
	  test -x $(VENV)-$$version/bin/python || $$found -m venv $(VENV)-$$version; \
	  $(VENV)-$$version/bin/python $(INSTALL) -r requirements-dev.lock && \
	  $(VENV)-$$version/bin/python -m pytest --quiet $(IN_PARALLEL) -m "$(KIND)" \
	    $$($(BIN)/python -m tests.kinds $(if $(filter fast,$(KIND)),fast,others)) || exit 1; \
	done

# Measured figures against the limit and the plain way, in one run each.
bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# Hundreds of kills of the running program at chosen moments; `make test` does forty.
crash: $(VENV)/.dev
	$(BIN)/python -m tests.crash

# Anew from pyproject.toml, for every supported Python, with hashes and without the name of any package host.
lock:
	@test -x $(VENV)-lock/bin/uv || { $(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/python -m pip install --quiet uv; }
	$(VENV)-lock/bin/uv pip compile pyproject.toml $(LOCK) --group dev --output-file requirements-dev.lock
	$(VENV)-lock/bin/uv pip compile pyproject.toml $(LOCK) --constraints requirements-dev.lock --output-file requirements.lock
LOCK := --quiet --universal --no-strip-extras --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
  --no-emit-find-links --custom-compile-command "make lock"

# The list of what a built image contains, after a change of the lock.
third-party: $(VENV)/.dev
	$(BIN)/python -m docs.third_party

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Plantain needs Python 3.11 or newer; try: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock | $(BIN)/python
	@echo "Installing what Plantain needs into $(VENV) …"
	@$(BIN)/python $(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(BIN)/python
	@echo "Installing what Plantain and its tests need into $(VENV) …"
	@$(BIN)/python $(INSTALL) -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) $(VENV)-* build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
