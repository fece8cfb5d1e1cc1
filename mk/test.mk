# Every check. go test comes last, so that its words are the last.
.NOTPARALLEL:
.PHONY: test lint lint-go lint-python test-python test-golden test-systemd test-mats test-tensorflow test-faults test-go
test: setup-test build lint test-python test-golden cross-test test-systemd test-mats test-tensorflow test-faults test-go

lint: lint-go lint-python
# Without -trimpath: with it Go's cache hands cgo's output from one checkout to another, and the linter looks for files where they are not.
LINT_GO := GOFLAGS= golangci-lint run --allow-parallel-runners
lint-go:
	@echo 'checking Go: golangci-lint'
	@$(LINT_GO) ./...

lint-python:
	@echo 'checking Python: ruff'
	@.cache/venv/bin/ruff check -q .
	@.cache/venv/bin/ruff format -q --check .

test-python:
	@echo 'testing training/'
	@cd training && PYTHONPATH=.. ../$(PYTHON) -m pytest -q

test-golden:
	@echo 'comparing the golden files of defense/ with what ART and training/ give'
	@$(PYTHON) defense/testdata/golden.py --check
	@PYTHONPATH=. $(PYTHON) defense/testdata/certify.py --check

test-systemd: build-lite
	@echo 'checking systemd/maskwarden.service'
	@systemd/check bin/maskwarden

# gocv counts pictures that were not given back only with its tag matprofile.
test-mats:
	@echo 'testing with -tags matprofile the packages that count pictures'
	@go test -tags matprofile $$(grep -rl --include='*_test.go' '^//go:build matprofile' . | xargs -n1 dirname | sort -u)

# TensorFlow runs the models shipped, beside TensorFlow Lite and the Adversarial Robustness Toolbox. test-go runs the tests that need no tag.
TENSORFLOW_FILES = $(shell grep -rl --include='*.go' '^//go:build tensorflow' .)
TENSORFLOW_PACKAGES = $(patsubst %/,%,$(sort $(dir $(TENSORFLOW_FILES))))
TENSORFLOW_TESTS = $(shell grep -hoE '^func Test[A-Za-z0-9_]+' $(TENSORFLOW_FILES) | cut -c6- | paste -sd '|')
test-tensorflow:
	@echo 'checking and testing with -tags tensorflow the packages that differ with it'
	@$(TENSORFLOW) $(LINT_GO) --build-tags tensorflow $(TENSORFLOW_PACKAGES)
	@$(TENSORFLOW) go test -tags tensorflow -run '^($(TENSORFLOW_TESTS))$$' $(TENSORFLOW_PACKAGES)

# Only this build can be made ill on purpose.
test-faults:
	@echo 'making a unit ill, one fault after the other: does the self-test notice?'
	@go test -tags faults -count 1 -v -run Fault ./daemon

test-go:
	@echo 'testing Go with -race'
	@go test -race ./...
