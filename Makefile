# A thin alias: `python3 -m deploy COMMAND` does the same where make is missing.
# Arguments: make test ARGS="-k letter", make demo ARGS=--json
PYTHON ?= python3
ARGS ?=

.PHONY: run stop reset status test demo bench dead-letters
run stop reset status test demo bench dead-letters:
	@$(PYTHON) -m deploy $@ $(ARGS)
