# `make run` builds the page and serves it; `make test` runs every test; both install what is missing first.
# `make bench-page` builds the benchmark page into dist/bench/; `.ci/serve` serves it.
# Variables: PORT, NEOCOG_SHARED (test data), NATIVE_TARGET and WASM_TARGET (build directories), NEOCOG_TOOLS (tool cache).

.PHONY: run build bench-page test check tools clean
.DEFAULT_GOAL := build

run: build
	@.ci/serve

build: tools
	@.ci/page release

bench-page: tools
	@.ci/page bench

test:
	@.ci/test $(CHECK)

check:
	@.ci/check

tools:
	@.ci/tools

clean:
	cargo clean
	rm -rf dist
