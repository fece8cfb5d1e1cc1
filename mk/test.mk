# Every check: what is quick and needs little comes first, what needs TensorFlow last. The last words are go test's.
.NOTPARALLEL:
.PHONY: chaos check test lint lint-go lint-python lint-modules lint-vulnerabilities test-unit test-setup test-version test-fuzz \
	test-python test-golden test-systemd test-mats test-faults test-clock test-race test-tensorflow test-no-tensorflow
check: setup-check lint test-unit

test: setup-check lint test-setup test-version test-systemd test-race test-clock test-mats test-faults test-fuzz \
	$(if $(filter amd64,$(ARCH)),cross-test build-tensorflow lint-modules test-python test-golden test-tensorflow,test-no-tensorflow)

lint: lint-go lint-python lint-vulnerabilities
LINT_GO := golangci-lint run --allow-parallel-runners
lint-go:
	@echo 'checking Go: golangci-lint (gofmt, vet and the linters of .golangci.yml)'
	@$(LINT_GO) ./...

lint-python:
	@echo 'checking Python: ruff'
	@.cache/venv/bin/ruff check -q .
	@.cache/venv/bin/ruff format -q --check .

# go.mod names also what only the packages generated for TensorFlow import.
lint-modules: setup-tensorflow
	@echo 'checking go.mod and go.sum: go mod tidy'
	@go mod tidy -diff

# Never with the database on the network: what it learns overnight would fail a build that changed nothing.
lint-vulnerabilities:
ifneq ($(filter file://%,$(GOVULNDB)),)
	@mk/alone mk/tool govulncheck golang.org/x/vuln/cmd/govulncheck@v1.9.0
	@echo 'checking for known vulnerabilities: govulncheck with $(GOVULNDB)'
	@govulncheck -db '$(GOVULNDB)' ./...
else
	@echo 'not checking for known vulnerabilities: GOVULNDB names no copy of the database (file:///…)'
endif

test-unit:
	@echo 'testing Go'
	@go test -timeout 30m ./...

test-setup:
	@echo 'testing the set-up: locks, architectures, version'
	@python3 -B mk/test_setup.py

test-version: build-lite
	@bin/maskwarden version | grep -F 'maskwarden $(or $(REVISION),unknown) '

test-systemd: build-lite
	@echo 'checking systemd/maskwarden.service'
	@systemd/check bin/maskwarden

test-race:
	@echo 'testing Go with -race'
	@go test -race -timeout 30m ./...

# gocv counts pictures that were not given back only with its tag matprofile. Where a test of its own counts them, only that one runs.
MATS_TESTS = $(shell grep -rl --include='*_test.go' '^func TestNoMatIsLeft' . | xargs -r dirname | sort -u)
MATS_PACKAGES = $(filter-out $(MATS_TESTS),$(shell grep -rl --include='*_test.go' '^//go:build matprofile' . | xargs dirname | sort -u))
test-mats:
	@echo 'testing with -tags matprofile that every picture is given back'
	@go test -tags matprofile -run TestNoMatIsLeft $(MATS_TESTS)
	@go test -tags matprofile $(MATS_PACKAGES)

# Only this build can be made ill on purpose.
test-faults:
	@echo 'making a unit ill, one fault after the other: does the self-test notice?'
	@go test -tags faults -count 1 -v -run Fault ./daemon

test-clock:
	@echo 'setting the clock by years: are events and self-tests lost?'
	@mk/chaos clock

# CHAOS=200: how often each thing is killed. WRITE=1: and into docs/RESULTS.md.
chaos: setup-check
	@echo 'breaking things: killed programs, power cuts, damaged files'
	@MASKWARDEN_CHAOS=$(or $(CHAOS),20) mk/chaos

test-fuzz:
	@echo 'fuzzing, 12 s a target, two targets at once'
	@mk/fuzz 12s

test-python: setup-python
	@echo 'testing training/'
	@cd training && PYTHONPATH=.. ../$(PYTHON) -m pytest -q

test-golden: setup-python
	@echo 'comparing the golden files of defense/ with what ART and training/ give'
	@$(PYTHON) defense/testdata/golden.py --check
	@PYTHONPATH=. $(PYTHON) defense/testdata/certify.py --check

# TensorFlow runs the models shipped, next to TensorFlow Lite and the Adversarial Robustness Toolbox. test-race runs the tests that need no tag.
TENSORFLOW_FILES = $(shell grep -rl --include='*.go' '^//go:build tensorflow' .)
TENSORFLOW_PACKAGES = $(patsubst %/,%,$(sort $(dir $(TENSORFLOW_FILES))))
TENSORFLOW_TESTS = $(shell grep -hoE '^func Test[A-Za-z0-9_]+' $(TENSORFLOW_FILES) | cut -c6- | paste -sd '|')
test-tensorflow: setup-tensorflow
	@echo 'checking and testing with -tags tensorflow the packages that differ with it'
	@$(TENSORFLOW) $(LINT_GO) --build-tags tensorflow $(TENSORFLOW_PACKAGES)
	@$(TENSORFLOW) go test -tags tensorflow -run '^($(TENSORFLOW_TESTS))$$' $(TENSORFLOW_PACKAGES)

test-no-tensorflow:
	@echo 'not testing on $(ARCH): TensorFlow, training and the arm64 build made elsewhere'
