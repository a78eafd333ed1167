# A thin alias: `python3 -m deploy COMMAND` does the same where make is missing.
# Arguments: make test ARGS="-k letter", make demo ARGS=--json
PYTHON ?= python3
ARGS ?=

.PHONY: help run stop reset status demo dead-letters catch-up bench drill test fresh secrets
help run stop reset status demo dead-letters catch-up bench drill test fresh secrets:
	@$(PYTHON) -m deploy $@ $(ARGS)
