# --as-needed: OpenCV's pkg-config names every module; only those in use are to be loaded.
# -trimpath: no path of the machine that built it is in the program. Both are exported so that builds and checks share Go's cache.
export CGO_LDFLAGS := -Wl,--as-needed
export GOFLAGS := $(strip $(filter-out -trimpath,$(shell go env GOFLAGS 2>/dev/null)) -trimpath)

.PHONY: build run clean distclean
build:
	@echo 'building bin/maskwarden (the first time a minute, for OpenCV)'
	@go build -o bin/maskwarden .

run: setup build
	@echo 'running bin/maskwarden demo'
	@bin/maskwarden demo $(if $(FOR),--for $(FOR))

clean:
	@echo 'removing bin, dist/arm64/bin and the caches of linters and tests'
	@rm -rf bin dist/arm64/bin .ruff_cache .pytest_cache training/.ruff_cache training/.pytest_cache

distclean: clean
	@echo 'removing dist, share and .cache, but not .cache/keys: a signing key cannot be made again'
	@rm -rf dist share
	@find .cache -mindepth 1 -maxdepth 1 ! -name keys -exec rm -rf {} +
