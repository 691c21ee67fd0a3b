# The commands of Tombola. `make quickstart` and `make test` set up what is missing first.

SWIFT ?= swift
BUILD := $(SWIFT) build -c release
TOMBOLA := .build/release/tombola
LIBRARY := .build/release/libTombolaC.$(if $(filter Darwin,$(shell uname -s)),dylib,so)
UNAME := $(shell uname -s)

# Debian packages that the build, the reports, the tests and the ARM check need.
PACKAGES_RUN := zlib1g-dev libssl-dev libjpeg-dev libpng-dev libwebp-dev libtiff-dev libsqlite3-dev libjs-chart.js dataset-fashion-mnist
PACKAGES_TEST := chromium python3 python3-numpy curl mandoc fish zsh
# A Python that has numpy: the first on the path need not be the one that the package is for.
PYTHON_NUMPY = $(shell for p in python3 /usr/bin/python3; do $$p -c "import numpy" 2>/dev/null && echo $$p && break; done)
# A Slurm that tests start on this machine by themselves; installed only when asked for.
PACKAGES_SLURM := slurm-wlm munge
PACKAGES_ARM := qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross

# Where `make install` puts things; packagers set DESTDIR as well.
PREFIX ?= /usr/local
DESTDIR ?=

# The commit that `tombola --version` names, `+` behind it if files differ from it; empty outside of a clone. It stands in an
# object file named by it, which is only linked: a new commit compiles nothing, and a plain `swift build` keeps no old one.
HEAD := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
COMMIT := $(HEAD)$(if $(HEAD),$(if $(shell git status --porcelain 2>/dev/null | head -n 1),+))
COMMIT_OBJECT := $(if $(COMMIT),$(CURDIR)/.build/commit/$(COMMIT).o)
LINK_COMMIT := $(if $(COMMIT),-Xlinker $(COMMIT_OBJECT))

.PHONY: install uninstall release test-release test-packaging test-docs docs
.PHONY: quickstart test test-only test-python-wheel check format bench bench-peers bench-studies fuzz sanitize test-slurm test-arm test-aarch64 setup setup-test setup-slurm setup-arm build help

help:
	@echo "make quickstart   set up, build, find a winning ticket and show it"
	@echo "make test         set up and run all tests, the ARM kernels under emulation among them"
	@echo "make test-only SUITE=PruningTests   build the tests and run some of them"
	@echo "make test-python-wheel   build the Python package's wheel, install it in an environment of its own, run its example"
	@echo "make check        format lint, warnings as errors, tests"
	@echo "make fuzz         damage every kind of file 20,000 times, and a minute of libFuzzer on every reader and on the image decoders"
	@echo "make sanitize     kernels, every experiment, attacks, inference and exported C under the sanitizers"
	@echo "make test-slurm   set up a Slurm and run studies on it"
	@echo "make test-aarch64  cross-compile for AArch64 with Debian's Swift; three searches and the numeric tests under qemu (as root)"
	@echo "make bench-studies  kill sweeps and verbs, and measure a store of 50,000 runs"
	@echo "make bench        measure kernels and training steps"
	@echo "make bench-peers  the same beside PyTorch (pip install torch)"
	@echo "make format       format the sources"
	@echo "make install      the command, completions and man pages into PREFIX ($(PREFIX)); make uninstall takes them away"
	@echo "make release      a statically linked Linux command as a tarball; make test-release runs it on a bare Debian"
	@echo "make docs         a static site of the library and all pages in .build-docs/ (BASE=tombola: where it lies on its server)"
	@echo "make test-docs    start every documented command; three small searches against known digests"
	@echo "make test-packaging  completions in the shells, man pages, install and uninstall"

# setup_packages PACKAGES: installs those that are missing, through apt; names the command where it cannot.
define setup_packages
	@command -v $(SWIFT) >/dev/null || { echo "Swift 6.2 or newer is missing: install it from https://www.swift.org/install"; exit 1; }
	@if [ "$(UNAME)" = Linux ] && command -v apt-get >/dev/null; then \
	  missing=""; for p in $(1); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	  if [ -n "$$missing" ]; then \
	    echo "Installing$$missing"; \
	    run=""; [ "$$(id -u)" = 0 ] || run=sudo; \
	    $$run apt-get update -qq || echo "apt-get update failed; trying with the lists at hand"; \
	    for p in $$missing; do \
	      DEBIAN_FRONTEND=noninteractive $$run apt-get install -y -qq $$p >/dev/null || echo "could not install $$p"; \
	    done; \
	  fi; \
	elif [ "$(UNAME)" = Darwin ]; then \
	  echo "On macOS zlib comes with the system; for images: brew install pkg-config jpeg-turbo libpng webp libtiff; for charts: brew install node && npm install chart.js, then set TOMBOLA_CHART_JS"; \
	fi
endef

setup:
	$(call setup_packages,$(PACKAGES_RUN))

setup-test: setup
	$(call setup_packages,$(PACKAGES_TEST))

setup-slurm:
	$(call setup_packages,$(PACKAGES_SLURM))

setup-arm:
	$(call setup_packages,$(PACKAGES_ARM))

build: $(COMMIT_OBJECT)
	$(BUILD) --product tombola $(LINK_COMMIT)

$(CURDIR)/.build/commit/%.o:
	@mkdir -p $(@D) && rm -f $(@D)/*.o
	@echo 'const char *tombola_commit(void); const char *tombola_commit(void) { return "$(COMMIT)"; }' | $(CC) -x c -fPIC -c -o $@ -

# The command, shell completions, man pages, licence and guide.
install: build
	Packaging/install.sh $(TOMBOLA) "$(PREFIX)" "$(DESTDIR)"

uninstall:
	Packaging/install.sh --remove "$(PREFIX)" "$(DESTDIR)"

# A statically linked command for Linux as a tarball with its SHA-256, in .build-release/.
release: setup $(COMMIT_OBJECT)
	Packaging/release.sh "$(COMMIT_OBJECT)"

# The tarball on a bare Debian that debootstrap makes (as root): it must find a ticket there.
test-release:
	Packaging/check_release.sh .build-release/tombola-*.tar.gz

# A site of the library's modules and of the Markdown pages, by the DocC of the toolchain; python3 -m http.server shows it.
docs: build
	python3 Packaging/site.py .build-docs $(if $(BASE),--base $(BASE))
	@echo "python3 -m http.server --directory .build-docs 8000, then http://localhost:8000"

# Documented commands: all are held against the verbs, those in blocks are started for up to five seconds each.
test-docs: setup-test build
	python3 Tests/Docs/run_commands.py $(TOMBOLA) --run
	python3 Tests/Docs/digests.py $(TOMBOLA)

# Completions in the shells, man pages through mandoc, install and uninstall.
test-packaging: build
	python3 Tests/Packaging/check.py $(TOMBOLA)

quickstart: setup build
	$(TOMBOLA) quickstart

# Programs that check the built command, the longest first.
KERNEL_BITS := $(if $(shell test -x Tests/KernelBits/compare.sh && echo yes),check-kernel-bits)
CHECKS := check-damaged-files $(KERNEL_BITS) check-kills check-outsider check-python check-photographs check-dashboard check-verbs check-old-runs \
  check-pictures check-accessible check-documents check-packaging check-pytorch check-onnx check-detection
.PHONY: $(CHECKS)
NUMPY = $(or $(PYTHON_NUMPY),python3)

# The numeric tests need optimised kernels, so the tests run in release. The checks after them are programs of their own, most of
# them on one core or waiting: three run at a time, and each prints when it has ended.
test: setup-test $(if $(KERNEL_BITS),setup-arm)
	$(SWIFT) build -c release --build-tests
	$(BUILD) --product tombola
	Tests/run.sh $(SWIFT) test -c release --skip-build --disable-testable-imports
	$(BUILD) --product TombolaC
	$(MAKE) --no-print-directory -j 3 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) $(CHECKS)

check-documents:
	python3 Tests/Docs/gallery.py --check
	python3 Tests/Docs/tutorials.py .build/release
	python3 Tests/Docs/errors.py --check
	python3 Tests/Docs/errors.py --run $(TOMBOLA)
	python3 Tests/Docs/run_commands.py $(TOMBOLA)
check-accessible:
	python3 Tests/Browser/accessible.py $(TOMBOLA)
check-packaging:
	python3 Tests/Packaging/check.py $(TOMBOLA)
check-verbs:
	python3 Tests/Fixtures/compare.py $(TOMBOLA)
check-old-runs:
	python3 Tests/Fixtures/compare.py $(TOMBOLA) --old Tests/Fixtures/old-runs
check-outsider:
	$(NUMPY) Tests/Outsider/check.py $(TOMBOLA)
check-pytorch:
	$(NUMPY) Tests/PyTorch/check.py $(TOMBOLA)
check-onnx:
	$(NUMPY) Tests/Onnx/check.py $(TOMBOLA)
check-detection:
	$(NUMPY) Tests/Detection/check.py $(TOMBOLA)
check-dashboard:
	python3 Tests/Dashboard/storm.py $(TOMBOLA) --openings 10000
check-photographs:
	python3 Tests/Detection/photographs.py $(TOMBOLA)
check-python:
	$(NUMPY) python/tests/check.py $(TOMBOLA) $(LIBRARY)
check-pictures:
	Tests/Fuzz/fuzz.sh
check-damaged-files:
	python3 Tests/Fuzz/fuzz_files.py --tombola $(TOMBOLA) --inputs 600
check-kills:
	python3 Benchmarks/studies/torture.py --tombola $(TOMBOLA) --verbs boost sift "spiral prune" connect certify criteria --kills 2 --length 0.34
check-kernel-bits:
	Tests/KernelBits/compare.sh

# The Python package as a user gets it: a wheel in an environment of its own, and the example.
test-python-wheel: setup-test build
	rm -rf .build/python && python3 -m venv .build/python
	.build/python/bin/pip install --quiet ./python
	cd .build && python/bin/python ../python/examples/digits.py --epochs 5 --seeds 2 --out python/runs

# One suite, or several by a regular expression: make test-only SUITE=PruningTests
test-only: setup-test
	$(SWIFT) build -c release --build-tests
	Tests/run.sh $(SWIFT) test -c release --skip-build --disable-testable-imports --filter "$(SUITE)"

fuzz: setup build
	python3 Tests/Fuzz/fuzz_files.py --tombola $(TOMBOLA) --inputs 20000
	Tests/Fuzz/fuzz.sh libfuzzer 60
	TOMBOLA_FUZZ=1 $(BUILD) --scratch-path .build-fuzz --sanitize fuzzer --sanitize address --product fuzz-readers
	python3 Tests/Fuzz/readers.py --tombola $(TOMBOLA) --seconds 60

# The address and thread sanitizers over whole commands, built apart; undefined behaviour in C traps. Then the kernels alone, and
# exported C files by gcc and clang.
sanitize: setup-test build
	$(BUILD) --scratch-path .build-address --sanitize address -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined --product tombola
	python3 Tests/Sanitizers/run.py .build-address/release/tombola --reference $(TOMBOLA)
	$(BUILD) --scratch-path .build-thread --sanitize thread --product tombola
	python3 Tests/Sanitizers/run.py .build-thread/release/tombola --reference $(TOMBOLA)
	Tests/KernelBits/sanitize.sh
	rm -rf .build/sanitize
	for model in mlp:24,16 conv-s:0.25 resnet-20:0.25; do \
	  $(TOMBOLA) find --data digits --model $$model --steps 2ep --rounds 1 --controls none --out .build/sanitize >/dev/null || exit 1; done
	$(NUMPY) Tests/CExport/check.py $(TOMBOLA) .build/sanitize/*/ticket.safetensors --samples 300

test-slurm: setup-test setup-slurm
	$(SWIFT) build -c release --build-tests
	TOMBOLA_TEST_SLURM=1 Tests/run.sh timeout 600 $(SWIFT) test -c release --skip-build --disable-testable-imports --filter SlurmTests

test-arm: setup-arm
	Tests/KernelBits/compare.sh

# The whole package for AArch64 (as root, on Debian): searches with the digests of x86-64, and the numeric tests. It fetches 1.2 GB
# once and takes more than half an hour.
test-aarch64:
	Tests/AArch64/run.sh

check:
	$(SWIFT) format lint -s -r Sources Tests Benchmarks Package.swift
	$(SWIFT) build -c release --build-tests -Xswiftc -warnings-as-errors
	$(MAKE) test

format:
	$(SWIFT) format -i -r Sources Tests Package.swift

bench: setup build
	$(TOMBOLA) bench kernels
	$(TOMBOLA) bench kernels --linear 784x300 --batch 60
	@for d in 1 0.5 0.2 0.1 0.05 0.02; do $(TOMBOLA) bench step --density $$d; done

bench-studies: setup build
	python3 Benchmarks/studies/torture.py --tombola $(TOMBOLA) --runs 600 --kills 100 --index
	python3 Benchmarks/studies/torture.py --tombola $(TOMBOLA) --runs 200 --kills 20 --full-disk 6m
	python3 Benchmarks/studies/torture.py --tombola $(TOMBOLA) --verbs all --kills 50 --hazards
	python3 Benchmarks/studies/scale.py --tombola $(TOMBOLA) --runs 50000

bench-peers: setup build
	python3 Benchmarks/peers/bench_peers.py --tombola $(TOMBOLA) --cases all
