# The door: every target works on a clean clone with Node 20, npm, make and git.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

BIN := node_modules/.bin
INSTALLED := node_modules/.installed
# Folders count too, so that a deleted file is noticed.
SOURCES := $(shell find $(wildcard src model) -name '.*' -prune -o -print) package.json tsconfig.json deploy/compile.ts deploy/text-modules.ts
LINTED := $(wildcard src model test deploy docs/examples package.json deno.json tsconfig.json)
# Arguments for what is run: make run ARGS="--listen :7000"
ARGS ?=

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run demo
run: dist/aceslot ## build, and show the whole system playing with simulated engines (ARGS="--listen :7000")
	dist/aceslot demo $(ARGS)
demo: run ## the same

.PHONY: demo-cluster
demo-cluster: dist/aceslot ## several proxies, a real store, a proxy that is killed (needs redis-server; ARGS="--seconds 60")
	$(BIN)/bun deploy/cluster/demo.ts $(ARGS)

.PHONY: install
install: $(INSTALLED) ## install what package-lock.json pins, when missing or outdated

# The packages' own install scripts may be blocked by npm's settings. Two are needed, and run by name: they put
# the binaries of Bun and Deno, which come as npm packages, at their places.
$(INSTALLED): package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	node node_modules/bun/install.js
	node node_modules/deno/install.cjs
	$(BIN)/bun --version >/dev/null
	touch $@

.PHONY: build
build: dist/aceslot ## compile the binary dist/aceslot

dist/aceslot: $(INSTALLED) $(SOURCES)
	@mkdir -p $(@D)
	$(BIN)/bun deploy/text-modules.ts
	$(BIN)/bun deploy/compile.ts $@

.PHONY: reference
reference: $(INSTALLED) ## write docs/reference/ from the comments in the sources
	$(BIN)/bun deploy/reference/make.ts

.PHONY: texts
texts: $(INSTALLED) ## write the modules that carry texts (the page, its typefaces) after one of these has changed
	$(BIN)/bun deploy/text-modules.ts

.PHONY: test
test: $(INSTALLED) ## run every check: build, lint, types, import rules, all test suites
	@bash .ci/tests.sh all

.PHONY: unit contract e2e cluster browser
unit: $(INSTALLED) ## run the unit tests
contract: $(INSTALLED) ## run the contract tests
e2e: dist/aceslot ## run the end-to-end tests against the compiled binary
cluster: dist/aceslot ## run the tests of several proxies and a real redis-server
browser: dist/aceslot ## run the tests of the page in a real browser
unit contract e2e cluster browser:
	@bash .ci/tests.sh test/$@

.PHONY: row
row: dist/aceslot ## run the tests of one row of docs/faults.md or docs/complaints.md (ROW=E7)
	@files=$$(grep -rlE "[\"\`]$(or $(ROW),no-row) " test deploy --include='*.test.ts' | sed 's,^,./,') || \
	  { echo 'ROW="$(ROW)" is no row of those pages; try make row ROW=E7' >&2; exit 4; }; \
	$(BIN)/bun test $$files --timeout=60000 -t '$(ROW) '

.PHONY: check
check: dist/aceslot ## run the model checks (ARGS="--preset deep")
	dist/aceslot check $(ARGS)

.PHONY: bench-check
bench-check: $(INSTALLED) ## measure the explorer beside SPIN (ARGS=--quick for the small worlds)
	$(BIN)/bun model/bench.ts $(ARGS)

.PHONY: bench
bench: dist/aceslot ## measure the data plane beside a bare relay, nginx, HAProxy and acexy's design (ARGS=--quick)
	$(BIN)/bun test/bench/main.ts $(ARGS)

.PHONY: bench-embedding
bench-embedding: dist/aceslot package ## measure the selector beside p-queue and others, and the proxy, on Bun, Deno and Node (ARGS=--quick)
	$(BIN)/bun test/bench/embedding/main.ts $(ARGS)

.PHONY: bench-faults
bench-faults: dist/aceslot ## put the same faults to aceslot, acexy's design and nginx, side by side (some 7 min; ARGS=zapping for one)
	$(BIN)/bun test/faults/beside/main.ts $(ARGS)

.PHONY: bench-leases
bench-leases: $(INSTALLED) ## measure what a shared store of leases costs, with a redis-server (ARGS=--quick)
	$(BIN)/bun test/cluster/bench/main.ts $(ARGS)

.PHONY: soak
soak: dist/aceslot ## one proxy, 1,000 clients, engines that fail at random; counts what is left (MINUTES=10; docs/soak.md)
	$(BIN)/bun test/soak/main.ts

.PHONY: soak-restarts
soak-restarts: dist/aceslot ## kill and restart the proxy at random under load (ROUNDS=200, SEED=any; some 8 min)
	$(BIN)/bun test/faults/restarts.ts

.PHONY: soak-cluster
soak-cluster: dist/aceslot ## kill and restart proxies, engines, orchestrator and store at random (CYCLES=1000, SEED=any; some 40 min)
	$(BIN)/bun test/cluster/soak.ts

.PHONY: fuzz
fuzz: dist/aceslot ## feed damaged input to every entry (RUNS=2000, SEED=any, TARGET=http,m3u…)
	RUNS=$(RUNS) SEED=$(SEED) TARGET=$(TARGET) $(BIN)/bun test/faults/input/fuzz/main.ts

.PHONY: lint
lint: $(INSTALLED) ## check format and lint rules
	$(BIN)/biome check --config-path=.ci --error-on-warnings $(LINTED)

.PHONY: format
format: $(INSTALLED) ## format the sources and apply safe lint fixes
	$(BIN)/biome check --config-path=.ci --write $(LINTED)

.PHONY: types
types: $(INSTALLED) ## check the types
	$(BIN)/tsc --noEmit -p .
	$(BIN)/tsc --noEmit -p src/dashboard/page

.PHONY: check-imports
check-imports: $(INSTALLED) ## check which room imports which
	$(BIN)/depcruise --config .ci/dependency-cruiser.cjs $(wildcard src model test)

.PHONY: audit
audit: ## ask the registry for known faults of our dependencies (ends with 3 where it cannot be asked)
	@bash .ci/audit.sh

.PHONY: mutate
mutate: $(INSTALLED) ## change src/slots/ in every small way and look who notices (some minutes)
	$(BIN)/bun model/mutation/main.ts

# The npm package's files; `npm pack` runs this as its prepack script.
dist/npm/index.js: $(INSTALLED) $(SOURCES) $(wildcard deploy/npm/*) deploy/licences.ts deploy/text-modules.ts
	@mkdir -p dist
	$(BIN)/bun deploy/text-modules.ts
	$(BIN)/bun deploy/npm/build.ts

.PHONY: package
package: dist/npm/index.js ## build the npm package dist/aceslot-VERSION.tgz, as `npm pack` does
	$(BIN)/bun deploy/npm/pack.ts

.PHONY: release
release: $(INSTALLED) ## build all platforms' archives and checksums into dist/
	$(BIN)/bun deploy/release.ts

.PHONY: release-check
release-check: $(INSTALLED) ## build the release and start it on emulated CPUs (qemu-user-static, libc6-arm64-cross, unzip)
	@bash .ci/tests.sh release

.PHONY: clean
clean: ## delete what was built
	rm -rf dist
