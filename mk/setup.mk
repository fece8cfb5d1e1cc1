# Set-up: each step says what it does, and does nothing when that is done. mk/alone lets one make at a time do a step.
PYTHON := .cache/venv/bin/python
ARCH := $(shell mk/arch)

export PATH := $(CURDIR)/.cache/bin:$(CURDIR)/.cache/go/bin:$(PATH)

.PHONY: setup setup-check setup-test setup-python setup-tensorflow setup-cross
setup:
	@mk/alone mk/apt run
	@mk/alone mk/go
	@mk/alone mk/fetch share/maskwarden
	@mkdir -p models && ln -sfn ../../models share/maskwarden/models
	@mkdir -p .cache/assets && ln -sf ../../share/maskwarden/centerface.onnx .cache/assets/centerface.onnx

# What make check needs: neither TensorFlow nor the arm64 build.
setup-check: setup
	@mk/alone mk/apt test
	@mk/alone mk/tool golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
	@mk/alone mk/tool nats-server github.com/nats-io/nats-server/v2@v2.15.3
	@mk/alone mk/pip ruff
	@mk/alone mk/pip markupsafe
	@mk/alone mk/pip jinja2

setup-test: setup-check $(if $(filter amd64,$(ARCH)),setup-cross setup-tensorflow)

setup-python: setup
	@mk/alone mk/pip

setup-tensorflow: setup-python
	@mk/alone mk/apt tensorflow
	@mk/alone mk/tool protoc-gen-go google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
	@mk/alone mk/tensorflow

setup-cross: setup
ifeq ($(ARCH),amd64)
	@mk/alone mk/apt cross
	@mk/alone mk/fetch $(ARM64)/share/maskwarden arm64
	@mk/alone mk/sysroot
else
	@echo 'make cross is for amd64: on this machine make build-lite builds the program for $(ARCH)' >&2; exit 1
endif
