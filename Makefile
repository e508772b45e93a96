# The commands to begin with. `make demo` and `make test` do all set-up themselves.
.DEFAULT_GOAL := help
.PHONY: help setup build demo test bench format check check-long format-check clang sanitize tidy fuzz cuda package \
        package-test images goldens goldens-check vllm-test chart-test chart-docs cluster-test clean

PRESET ?= release
BUILD := build/$(PRESET)
JOBS ?= $(shell nproc)
PROGRAMS := hir hir-replay hir-verifier hir-rollout hir-learner

help:  ## Shows these lines.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(MAKEFILE_LIST) | column -t -s '|'

setup:  ## Installs what is missing (Debian packages, .deps/).
	@tools/setup.sh

build: setup  ## Builds everything into build/release.
	@test -f $(BUILD)/build.ninja || cmake --preset $(PRESET) >/dev/null
	@ninja -C $(BUILD) -j $(JOBS)

demo: setup  ## Trains SmolLM2-135M-Instruct with HiR on this machine, about ten minutes.
	@test -f $(BUILD)/build.ninja || cmake --preset $(PRESET) >/dev/null
	@ninja -C $(BUILD) -j $(JOBS) $(PROGRAMS)
	@$(BUILD)/bin/hir train configs/demo.yaml

test: build  ## Runs every test.
	@tools/setup_test.sh
	@ctest --test-dir $(BUILD) --output-on-failure

bench: build  ## Measures and writes build/bench.json; SUITE=rollout runs one suite, PEERS=1 measures peers, too.
	@bench/run.py --suite "$(or $(SUITE),all)" --bin $(BUILD)/bin --output build/bench.json

format:  ## Formats the C++ sources.
	@tools/format.sh

check: setup  ## Format, clang-tidy and tests of what differs from main, or from BASE.
	@tools/check.sh $(BASE)

check-long: build  ## Runs what CI has no time for, or PARTS="tsan tidy"; writes docs/check-long.md.
	@tools/setup_clang.sh && tools/setup_test.sh
	@/usr/bin/python3 tools/check_long.py $(PARTS)

format-check: setup  ## Says which C++ sources are not formatted.
	@tools/format.sh --check

clang: setup  ## Has Clang read every source: its warnings, -Wthread-safety above all, are errors.
	@tools/clang.sh

sanitize: setup  ## Runs the tests without Torch under AddressSanitizer and UndefinedBehaviorSanitizer.
	@tools/setup_clang.sh
	@test -f build/asan-ubsan/build.ninja || cmake --preset asan-ubsan >/dev/null
	@ninja -C build/asan-ubsan -j $(JOBS) tests_without_torch
	@ctest --preset asan-ubsan -L no-torch

tidy: clang  ## Reads every source with clang-tidy; takes hours.
	@run-clang-tidy-14 -quiet -p build/clang "^$(CURDIR)/(hir|services|cli|tests|bench)/.*[.]cc$$"

fuzz: setup  ## Fuzzes parsers, families of checkers and doors, FUZZ_SECONDS (60) each.
	@tools/fuzz.sh $(or $(FUZZ_SECONDS),60)

cuda: setup  ## Compiles the CUDA and NCCL parts; needs no GPU.
	@tools/setup_cuda.sh
	@cmake --preset cuda >/dev/null && ninja -C build/cuda -j $(JOBS) hir_collective nccl_test

package: setup  ## Makes .deb packages and a tarball in build/release/packages.
	@test -f $(BUILD)/build.ninja || cmake --preset $(PRESET) >/dev/null
	@ninja -C $(BUILD) -j $(JOBS) $(PROGRAMS)
	@cpack --config $(BUILD)/CPackConfig.cmake -G "DEB;TGZ" -B $(BUILD)/packages

package-test: package  ## Installs the packages in fresh roots of Debian 12 and runs them (root).
	@tools/debian_base.sh build/images/base.tar
	@/usr/bin/python3 tests/package/package_test.py

goldens: setup  ## Writes the golden cases of the objective anew.
	@tools/setup_test.sh
	@.deps/transformers_python tools/goldens/objective.py

goldens-check: setup  ## Holds them against verl and TRL, installed the first time.
	@tools/goldens/check.sh

vllm-test: build  ## Trains 8 steps with a real vLLM server on the CPU (VLLM=its program, else 4 GB of downloads).
	@test -n "$(VLLM)" || tools/setup_vllm.sh
	@tools/vllm_test.sh

images:  ## Builds the images of docker/ without a container engine (buildah).
	@tools/build_images.sh

chart-test: setup  ## Checks chart, compose file and Dockerfile without a cluster.
	@tools/setup_test.sh
	@tools/setup_chart.sh
	@.deps/venv/bin/python tests/chart/chart_test.py

chart-docs: setup  ## Writes the table of values into the chart's README.
	@.deps/venv/bin/python tools/chart_docs.py

cluster-test: setup  ## Installs, upgrades, rolls back and evicts on a real API server.
	@tools/setup_chart.sh
	@tools/setup_cluster.sh
	@.deps/venv/bin/python tests/chart/cluster_test.py

clean:  ## Removes what was built; keeps .deps/ and runs/.
	@rm -rf build
