# Set-up: each step says what it does, and does nothing when that is done.
PYTHON := .cache/venv/bin/python

export PATH := $(CURDIR)/.cache/bin:$(CURDIR)/.cache/go/bin:$(PATH)

.PHONY: setup setup-test setup-cross setup-tensorflow
setup:
	@mk/apt run
	@mk/go
	@mk/fetch share/maskwarden
	@mkdir -p models && ln -sfn ../../models share/maskwarden/models
	@mkdir -p .cache/assets && ln -sf ../../share/maskwarden/centerface.onnx .cache/assets/centerface.onnx

setup-test: setup setup-cross setup-tensorflow
	@mk/apt test
	@mk/tool golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

setup-tensorflow: setup .cache/venv/installed
	@mk/apt tensorflow
	@mk/tool protoc-gen-go google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
	@mk/tensorflow

setup-cross: setup
	@mk/apt cross
	@mk/fetch dist/arm64/share/maskwarden
	@mk/sysroot

.cache/venv/installed: mk/requirements.txt | setup
	@echo 'set-up: installing with pip into .cache/venv: mk/requirements.txt'
	@test -x $(PYTHON) || python3 -m venv .cache/venv
	@$(PYTHON) -m pip install -q --disable-pip-version-check --no-deps --require-hashes --only-binary :all: -r $<
	@touch $@
