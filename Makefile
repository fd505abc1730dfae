# Everything that Shoptalk needs, from a fresh clone. `make help` lists the targets.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
SHOPTALK = .venv/bin/shoptalk
export RASA_TELEMETRY_ENABLED = false
export HF_HUB_OFFLINE = 1
export TF_CPP_MIN_LOG_LEVEL = 3
export SQLALCHEMY_SILENCE_UBER_WARNING = 1

.PHONY: help install run test bench bench-nlu bench-widget bench-privacy bench-texts bench-sealing bench-console bench-insights audit sbom fuzz test-faults test-soak lock clean bench-intents bench-baskets bench-entities bench-search bench-scale bench-growth bench-transcripts bench-talks

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

install:  ## make the environment in .venv from requirements.lock
	@$(PYTHON) bot/bootstrap.py

run: install  ## install, train, build the index as needed, and start everything
	@exec $(SHOPTALK) up

test: install  ## install and run the tests
	@$(SHOPTALK) train
	@.venv/bin/python -m pytest -n auto --dist loadfile

bench: install  ## measure speed against Rasa's default pipeline, and quality (DATA=folder of public sets, EPOCHS=5 for turns alone)
	@$(SHOPTALK) train
	@.venv/bin/python -m tests.bench $(if $(DATA),--data $(DATA)) $(if $(EPOCHS),--epochs $(EPOCHS))

bench-nlu: install  ## measure understanding: leave-family-out, typos, answers from pages
	@.venv/bin/python -W ignore -m tests.bench.understanding

bench-talks: install  ## measure whole conversations written blind (VERBOSE=1 prints what was wrong)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.bench.talks $(if $(VERBOSE),--verbose)

bench-intents: install  ## measure intents of public sets through Rasa (DATA or SHOPTALK_BENCH_DATA=folder)
	@.venv/bin/python -W ignore -m tests.bench.intents --data $(or $(DATA),$(SHOPTALK_BENCH_DATA),.)

bench-baskets: install  ## measure next orders and products bought together (DATA or SHOPTALK_BENCH_DATA=folder)
	@.venv/bin/python -W ignore -m tests.bench.baskets $(if $(or $(DATA),$(SHOPTALK_BENCH_DATA)),--data $(or $(DATA),$(SHOPTALK_BENCH_DATA)))

bench-entities: install  ## measure prices, colours, sizes, brands, categories and negations in requests (DATA=…)
	@.venv/bin/python -W ignore -m tests.bench.entities $(if $(or $(DATA),$(SHOPTALK_BENCH_DATA)),--data $(or $(DATA),$(SHOPTALK_BENCH_DATA)))

bench-search: install  ## measure the order of results on graded queries (DATA=…), beside BM25 and MiniLM
	@.venv/bin/python -W ignore -m tests.bench.search --data $(or $(DATA),$(SHOPTALK_BENCH_DATA),.)

bench-scale: install  ## measure catalogues of 1,000 to 1,000,000 products (SIZES="1000 10000"; 5 GB of disk)
	@.venv/bin/python -W ignore -m tests.bench.scale $(if $(SIZES),--sizes $(SIZES))

bench-growth: install  ## measure long conversations, and up to 200 customers at once
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.bench.growth

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

bench-insights: install  ## measure market research: topics, unmet searches, a million messages (DATA=…)
	@.venv/bin/python -W ignore -m tests.bench.insights $(if $(or $(DATA),$(SHOPTALK_BENCH_DATA)),--data $(or $(DATA),$(SHOPTALK_BENCH_DATA)))

bench-widget: install  ## measure what the widget costs a page, beside rasa-webchat's bundle
	@.venv/bin/python -W ignore -m tests.bench.widget

audit: install  ## look up known vulnerabilities of the locked packages (needs PyPI, or AUDIT="-s osv")
	@.tools/bin/uvx pip-audit --strict --no-deps --disable-pip $(AUDIT) -r requirements.lock

sbom: install  ## write results/sbom.json: all locked packages, as CycloneDX
	@mkdir -p results
	@.tools/bin/uvx --from cyclonedx-bom cyclonedx-py requirements --output-reproducible \
		-o results/sbom.json requirements.lock

fuzz: install  ## try made-up input on imports, shop.yml and chat for longer (CASES=10000)
	@SHOPTALK_FUZZ_CASES=$(or $(CASES),10000) .venv/bin/python -m pytest tests/fuzz

test-faults: install  ## kill, stop, fill and break things while customers chat (TIMES=50 CUSTOMERS=12 ONLY=…)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.faults --times $(or $(TIMES),50) --customers $(or $(CUSTOMERS),12) --only "$(ONLY)"

test-soak: install  ## customers at human pace, then five times as many (CUSTOMERS=200 MINUTES=20)
	@$(SHOPTALK) train
	@.venv/bin/python -W ignore -m tests.faults.soak --customers $(or $(CUSTOMERS),200) --minutes $(or $(MINUTES),20)

lock:  ## resolve requirements.in anew into requirements.lock
	@$(PYTHON) bot/bootstrap.py --lock

clean:  ## remove the environment, models and caches; the shop's data in var/ stays
	rm -rf .venv .tools .pytest_cache .rasa models results
