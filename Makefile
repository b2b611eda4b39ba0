# StreamFlow's targets. `make` lists them; the two that a newcomer needs are demo and test.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BUILD    := .build
BIN      := $(BUILD)/bin
SERVICES := ingest quality snapshot orchestrator gateway
# The modules of the workspace, in the order in which they depend on each other.
MODULES  := proto dataset platform $(SERVICES:%=services/%) clients/sfctl test
# What the binaries say that they are.
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X github.com/streamflow/streamflow/platform/buildinfo.version=$(VERSION)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Install what is missing: a PostgreSQL to run on (tests and demo)
	@tools/setup.sh

.PHONY: build
build: ## Build every binary, static, into .build/bin
	@echo "building the services and sfctl into $(BIN) (the first time takes a minute or two)"
	@mkdir -p $(BIN)
	@for s in $(SERVICES); do CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/$${s}d ./services/$$s/cmd/$${s}d; done
	@CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/sfctl ./clients/sfctl/cmd/sfctl

.PHONY: demo
demo: setup build ## Take two generated months through the whole suite, and show what happened
	@go run ./test/cmd/demo -bin $(BIN) -dir $(BUILD)/demo $(DEMO_FLAGS)

.PHONY: test
test: setup ## Run all tests, with the race detector where there is a C compiler
	@tools/test.sh $(MODULES)

.PHONY: test-postgres
test-postgres: setup ## Run what touches PostgreSQL on the one of SF_POSTGRES_BIN, or of the npm package
	@bin=$${SF_POSTGRES_BIN:-$$(go run ./platform/privatepg/findpg -npm)}; \
	  SF_POSTGRES_BIN=$$bin tools/test-postgres.sh $(filter-out proto dataset services/gateway,$(MODULES))

.PHONY: attack
attack: setup ## Make every attack of test/attack/list.txt, bounded and on loopback, and count them (tests take all but the heavy ones)
	@tools/attack.sh

.PHONY: test-compose
test-compose: ## Build the images and take two months through docker-compose.yml (needs Docker)
	@tools/test-compose.sh

.PHONY: bench
bench: setup build ## Time the suite beside a hand-written psql script, and print the ratios
	@go run ./test/bench -bin $(BIN) $(BENCH_FLAGS)

.PHONY: bench-doors
bench-doors: setup build ## Time a month of 7,043 users with TLS, tokens, audit and masking on beside one without, and print the ratio
	@go run ./test/bench -bin $(BIN) -doors -users 7043 -rounds 5 $(BENCH_FLAGS)

.PHONY: fuzz
fuzz: ## Fuzz every parser for half a minute each
	@tools/fuzz.sh 30s $(MODULES)

.PHONY: properties
properties: setup ## Take thousands of random sequences of deliveries and of what comes after them through the services and through simple models
	@SF_PROPERTY_SEQUENCES=10000 go test -timeout 2h -run TestHistoryIsThatOfASimpleModel ./services/snapshot
	@SF_PROPERTY_SEQUENCES=1000 go test -timeout 2h -run OfASimpleModel ./services/ingest
	@SF_PROPERTY_SEQUENCES=200 go test -timeout 2h -run TestTrainingSetsAreThoseOfTheModel ./services/snapshot
	@SF_PROPERTY_SEQUENCES=500 go test -timeout 2h -run TestRandomChangesGiveTheHistoryOfTheModel ./test/e2e

.PHONY: kills
kills: setup ## Kill what a retention and an erase stand on at every point of them (tests take a part)
	@SF_FAULTS=all go test -count=1 -timeout 60m -v -run 'HalfRetention|HalfErase' ./test/faults

.PHONY: lint
lint: ## Check the code with golangci-lint, and the protos with buf
	@tools/lint.sh $(MODULES)

.PHONY: lint-openapi
lint-openapi: ## Check the OpenAPI document with Redocly and Spectral (needs npm)
	@tools/lint-openapi.sh

.PHONY: generate
generate: ## Make the generated code and reference pages anew
	@tools/generate.sh

.PHONY: generate-check
generate-check: ## Fail if something generated is stale
	@tools/generate-check.sh

.PHONY: breaking
breaking: ## Fail if the protos break what the newest release promised
	@tools/breaking.sh

.PHONY: versions
versions: build ## Fail if a binary is built of other versions with the workspace than without, or a go.mod is untidy
	@tools/versions.sh $(BIN) "$(SERVICES)" $(MODULES)

.PHONY: clean
clean: ## Remove what was built
	@rm -rf $(BUILD)
