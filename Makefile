# Two commands do everything on a fresh machine with Python 3.11 or newer, pip and make:
#   make demo   makes pictures in your browser        make test   runs every check and test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two processes more than cores, since many tests wait for timers and for programs that they start. The tests of one file
# stay together, since they may share a browser or a process.
IN_PARALLEL = -n $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 2)') --dist loadfile
INSTALL := -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: demo test check format other-pythons bench crash lock third-party clean

demo: $(VENV)/.runtime
	@$(BIN)/python -m bot demo

test: check other-pythons

check: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet . || { echo "run 'make format'"; exit 1; }
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet $(IN_PARALLEL)

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The tests once more on every other Python that is supported and found here.
other-pythons: $(VENV)/.dev
	@for version in 3.11 3.12 3.13; do \
	  if $(BIN)/python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$$version')"; then continue; fi; \
	  if ! python$$version -c '' 2>/dev/null; then echo "Python $$version: not found here, its tests are not run"; continue; fi; \
	  echo "Python $$version:"; \
	  test -d $(VENV)-$$version || python$$version -m venv $(VENV)-$$version; \
	  $(VENV)-$$version/bin/python $(INSTALL) -r requirements-dev.lock && \
	  $(VENV)-$$version/bin/python -m pytest --quiet $(IN_PARALLEL) || exit 1; \
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
