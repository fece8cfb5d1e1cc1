# Every check. go test comes last, so that its words are the last.
.PHONY: test lint lint-go lint-python test-python test-golden test-unit test-mats test-go
test: setup-test build lint test-python test-golden cross-test test-unit test-unit test-mats test-go

lint: lint-go lint-python
lint-go:
	@echo 'checking Go: gofmt, vet, golangci-lint'
	@test -z "$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go') | tee /dev/stderr)"
	@go vet ./...
	@golangci-lint run ./...

lint-python:
	@echo 'checking Python: ruff'
	@.cache/venv/bin/ruff check -q .
	@.cache/venv/bin/ruff format -q --check .

test-python:
	@echo 'testing training/'
	@cd training && PYTHONPATH=.. ../$(PYTHON) -m pytest -q

test-golden:
	@echo 'comparing the golden files of defense/ with what ART gives'
	@$(PYTHON) defense/testdata/golden.py --check

test-unit: build
	@echo 'checking systemd/maskwarden.service'
	@systemd/check bin/maskwarden

# gocv counts pictures that were not given back only with its tag matprofile.
test-mats:
	@echo 'testing with -tags matprofile the packages that count pictures'
	@go test -tags matprofile $$(grep -rl --include='*_test.go' '^//go:build matprofile' . | xargs -n1 dirname | sort -u)

test-go:
	@echo 'testing Go with -race'
	@go test -race ./...
