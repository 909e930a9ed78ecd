# Two commands for a fresh clone: `make run` and `make test`. Each installs what it needs into .venv, once.
# Another interpreter: make run PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT := build
QT_PACKAGES = $$(grep -v '^\#' packaging/apt.txt)
SYSTEM_PACKAGES := packaging/system-packages.sh

# What is tested and run is what is installed in .venv.
unexport PYTHONPATH PYTHONHOME

.PHONY: help run headless test lint unit window long bundle docs release clean

help:
	@echo 'make run    install, then open the window on the sample; without a display, do the same job headless'
	@echo 'make test   install, then lint, type-check and test everything'
	@echo 'make long   install, then test what takes minutes: every lesson from start to end, in each language, and more'
	@echo 'make lint   ruff, pyright and the import contracts alone'
	@echo 'make bundle install, then build a folder in $(OUT)/bundle/ that runs without Python, and try it'
	@echo 'make docs   install, then build the documentation as web pages in $(OUT)/docs/'
	@echo 'make release  install, then build wheel and source archive in $(OUT)/release/, and try the wheel in an empty'
	@echo '            environment of each of PYTHONS="python3.11 python3.12"'
	@echo 'make clean  remove what a run leaves in $(OUT)/; the installation in $(VENV)/ stays'

run: $(VENV)/.installed
	@$(SYSTEM_PACKAGES) $(QT_PACKAGES)
	@if [ "$$(uname -s)" = Linux ] && [ -z "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; then \
		$(MAKE) --no-print-directory headless; \
	else \
		$(BIN)/python -m vitprune_gui --sample; \
	fi

headless:
	@echo 'There is no display: the same job without a window.'
	@mkdir -p $(OUT)
	$(BIN)/vitprune analyze sample sample -o $(OUT)/sample.vitprune.h5
	$(BIN)/vitprune plan $(OUT)/sample.vitprune.h5 --remove 3 -o $(OUT)/sample.plan.json
	$(BIN)/vitprune evaluate sample sample --plan $(OUT)/sample.plan.json -o $(OUT)/sample.vitprune.h5
	VITPRUNE_CONFIG_DIR=$(OUT)/config QT_QPA_PLATFORM=offscreen \
		$(BIN)/python -m vitprune_gui --sample --screenshot $(OUT)/window.png --quit
	@echo
	@echo 'The session:              $(CURDIR)/$(OUT)/sample.vitprune.h5'
	@echo 'A picture of the window:  $(CURDIR)/$(OUT)/window.png'

# What needs one core each goes at once. The plain tests come last: theirs is the line that says how many passed.
test: $(VENV)/.installed-dev
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint window
	@$(MAKE) --no-print-directory unit

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/lint-imports

unit: $(VENV)/.installed-dev
	@$(SYSTEM_PACKAGES) $(QT_PACKAGES)
	OMP_NUM_THREADS=1 QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -m 'not window and not long' -n auto --dist worksteal

# What takes too long for every change.
long: $(VENV)/.installed-dev
	@$(SYSTEM_PACKAGES) $(QT_PACKAGES)
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -m long -n auto --dist loadscope -o faulthandler_timeout=0

# On a screen of their own, so that they neither need one nor disturb the one in use. pytest exits with 5 when there is no
# such test.
window: $(VENV)/.installed-dev
	@$(SYSTEM_PACKAGES) $(QT_PACKAGES) xvfb xauth
	@if command -v xvfb-run >/dev/null; then \
		env -u WAYLAND_DISPLAY QT_QPA_PLATFORM=xcb xvfb-run -a -s '-screen 0 1920x1080x24' \
			$(BIN)/python -m pytest -m window || [ $$? -eq 5 ]; \
	else \
		echo 'There is no xvfb-run: the tests that need a real window are left out.'; \
	fi

# Tried without what a developer's shell may lend it.
bundle: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet 'pyinstaller>=6.22'
	$(BIN)/pyinstaller --noconfirm --log-level WARN --distpath $(OUT)/bundle --workpath $(OUT)/freeze \
		packaging/freeze/vitprune.spec
	packaging/try.sh $(OUT)/bundle/vitprune

docs: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[gui,docs]'
	$(BIN)/python -m sphinx --conf-dir docs --doctree-dir $(OUT)/doctrees --fail-on-warning --keep-going --quiet . $(OUT)/docs
	@echo 'The documentation: $(CURDIR)/$(OUT)/docs/index.html'

# docs/releasing.md has the steps around it.
PYTHONS ?= $(PYTHON)
release: $(VENV)/.installed-dev
	@$(SYSTEM_PACKAGES) $(QT_PACKAGES)
	rm -rf $(OUT)/release
	$(BIN)/python -m hatchling build --directory $(OUT)/release
	packaging/try-wheel.sh $(OUT)/release/*.whl $(PYTHONS)

$(VENV)/.installed: pyproject.toml | $(BIN)/pip
	$(BIN)/python -m pip install --editable '.[gui]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/pip
	$(BIN)/python -m pip install --editable '.[gui,dev]'
	@touch $(VENV)/.installed $@

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'ViTPrune needs Python 3.11 or later. If it has another name: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(SYSTEM_PACKAGES) python3-venv
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(OUT)
