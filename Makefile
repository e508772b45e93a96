# A newcomer's commands. `make demo` and `make test` do all set-up themselves.
.DEFAULT_GOAL := help
.PHONY: help setup build demo test bench fuzz cuda format clean

BUILD := build/release
JOBS ?= $(shell nproc)

help:  ## Shows these lines.
	@sed -n 's/^\([a-z]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

setup:  ## Installs what is missing (Debian packages, .deps/).
	@tools/setup.sh

build: setup  ## Builds everything into build/release.
	@test -f $(BUILD)/build.ninja || cmake --preset release >/dev/null
	@ninja -C $(BUILD) -j $(JOBS)

demo: setup  ## Trains SmolLM2-135M-Instruct with HiR on this machine, about ten minutes.
	@test -f $(BUILD)/build.ninja || cmake --preset release >/dev/null
	@ninja -C $(BUILD) -j $(JOBS) hir hir-replay hir-verifier hir-rollout hir-learner
	@$(BUILD)/bin/hir train configs/demo.yaml

test: build  ## Runs every test.
	@tools/setup_test.sh
	@ctest --test-dir $(BUILD) --output-on-failure

bench: build  ## Measures and writes build/bench.json; SUITE=rollout runs one suite.
	@bench/run.py --suite "$(or $(SUITE),all)" --bin $(BUILD)/bin --output build/bench.json

fuzz: setup  ## Fuzzes the verifier's parsers and families, FUZZ_SECONDS (60) each.
	@tools/fuzz.sh $(or $(FUZZ_SECONDS),60)

cuda: setup  ## Compiles the CUDA and NCCL parts; needs no GPU.
	@tools/setup_cuda.sh
	@cmake --preset cuda >/dev/null && ninja -C build/cuda -j $(JOBS) hir_collective nccl_test

format:  ## Formats the C++ sources.
	@git ls-files '*.cc' '*.h' '*.cu' | xargs clang-format -i

clean:  ## Removes what was built; keeps .deps/ and runs/.
	@rm -rf build
