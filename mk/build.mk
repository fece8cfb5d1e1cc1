# --as-needed: OpenCV's pkg-config names every module; only those in use are to be loaded. Exported, so that builds and checks share Go's cache.
export CGO_LDFLAGS := -Wl,--as-needed

# What `maskwarden version` prints: the tag or commit; empty outside of this repository, as in a source archive.
REVISION := $(shell GIT_CEILING_DIRECTORIES='$(abspath ..)' git describe --tags --always --dirty 2>/dev/null)
# -trimpath: no path of the machine that built it is in the program.
RELEASE := -trimpath -buildvcs=false -ldflags '-X github.com/maskwarden/maskwarden/cli.revision=$(REVISION)'

.PHONY: build build-lite build-tensorflow run clean distclean
build: setup build-lite build-tensorflow

# What cameras run, and all that a demo, training and the arm64 build need.
build-lite:
	@echo 'building bin/maskwarden (the first time a minute, for OpenCV)'
	@go build $(RELEASE) -o bin/maskwarden .

# Where the linker and the loader find TensorFlow's C library; no flag of Go's, so that its cache is shared.
TENSORFLOW := LIBRARY_PATH=$(CURDIR)/.cache/tensorflow LD_LIBRARY_PATH=$(CURDIR)/.cache/tensorflow

build-tensorflow: setup-tensorflow
	@echo 'building bin/maskwarden-tensorflow: also classifier.runtime: tensorflow, and attacks with gradients'
	@$(TENSORFLOW) go build $(RELEASE) -tags tensorflow -o bin/maskwarden-tensorflow .

run: setup build-lite
	@echo 'running bin/maskwarden demo'
	@bin/maskwarden demo $(if $(FOR),--for $(FOR))

clean:
	@echo 'removing bin, dist/arm64/bin and the caches of linters and tests'
	@rm -rf bin dist/arm64/bin .ruff_cache .pytest_cache training/.ruff_cache training/.pytest_cache

distclean: clean
	@echo 'removing dist, share, what was generated and .cache, but not .cache/keys: a signing key cannot be made again'
	@rm -rf dist share
	@rm -rf savedmodel/core/framework savedmodel/core/protobuf savedmodel/core/generated
	@find .cache -mindepth 1 -maxdepth 1 ! -name keys -exec rm -rf {} +
