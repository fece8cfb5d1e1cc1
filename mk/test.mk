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

test-systemd: build
	@echo 'checking systemd/maskwarden.service'
	@systemd/check bin/maskwarden

# gocv counts pictures that were not given back only with its tag matprofile.
test-mats:
	@echo 'testing with -tags matprofile the packages that count pictures'
	@go test -tags matprofile $$(grep -rl --include='*_test.go' '^//go:build matprofile' . | xargs -n1 dirname | sort -u)

# Attacks run on the models shipped, and the Adversarial Robustness Toolbox beside them.
TENSORFLOW_PACKAGES = $(shell grep -rl --include='*.go' '^//go:build tensorflow' . | xargs -n1 dirname | sort -u)
test-tensorflow:
	@echo 'checking and testing with -tags tensorflow the packages that differ with it'
	@$(TENSORFLOW) $(LINT_GO) --build-tags tensorflow $(TENSORFLOW_PACKAGES)
	@$(TENSORFLOW) go test -tags tensorflow $(TENSORFLOW_PACKAGES)

# Only this build can be made ill on purpose.
test-faults:
	@echo 'making a unit ill, one fault after the other: does the self-test notice?'
	@go test -tags faults -count 1 -v -run Fault ./daemon

test-go:
	@echo 'testing Go with -race'
	@go test -race ./...
