# The program for arm64: a Debian 12 sysroot, Debian's cross compiler, and qemu to run the result.
ARM64 := dist/arm64
SYSROOT := $(CURDIR)/.cache/sysroot-arm64
ARM64_LIB := $(SYSROOT)/usr/lib/aarch64-linux-gnu
ARM64_GO := CGO_ENABLED=1 GOOS=linux GOARCH=arm64 \
	CC='aarch64-linux-gnu-gcc --sysroot=$(SYSROOT)' CXX='aarch64-linux-gnu-g++ --sysroot=$(SYSROOT)' \
	PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) PKG_CONFIG_LIBDIR=$(ARM64_LIB)/pkgconfig:$(SYSROOT)/usr/share/pkgconfig \
	CGO_LDFLAGS='-Wl,--as-needed -Wl,-rpath-link,$(ARM64_LIB):$(ARM64_LIB)/blas:$(ARM64_LIB)/lapack'
ARM64_RUN := qemu-aarch64-static -L $(SYSROOT) \
	-E LD_LIBRARY_PATH=/usr/lib/aarch64-linux-gnu:/usr/lib/aarch64-linux-gnu/blas:/usr/lib/aarch64-linux-gnu/lapack
CLIP := .cache/arm64-clip.mp4

.PHONY: cross cross-test
cross: setup-cross
	@echo 'building $(ARM64)/bin/maskwarden (the first time a minute, for OpenCV)'
	@$(ARM64_GO) go build $(RELEASE) -o $(ARM64)/bin/maskwarden .
	@echo 'copying models to $(ARM64)/share/maskwarden'
	@rm -rf $(ARM64)/share/maskwarden/models && cp -r models $(ARM64)/share/maskwarden/models

# Of ten frames the detector runs on the first, the fourth, the seventh and the last, whose answer is printed.
$(CLIP): cross.mk | setup
	@echo 'drawing a clip for arm64: a portrait that moves'
	@ffmpeg -v error -y -loop 1 -i share/maskwarden/astronaut.png -frames:v 10 -r 10 \
		-vf "crop=256:256:'110+16*sin(n/3)':'8*abs(cos(n/3))',format=yuv420p" $@

cross-test: cross build-lite $(CLIP)
	@echo 'running $(ARM64)/bin/maskwarden under qemu: version, then a clip, whose answer is compared with that of bin/maskwarden'
	@$(ARM64_RUN) $(ARM64)/bin/maskwarden version | grep -F 'maskwarden $(or $(REVISION),unknown) '
	@bin/maskwarden classify --json $(CLIP) >.cache/clip-native.json
	@DECODER_RUNNER='$(ARM64_RUN)' $(ARM64_RUN) $(ARM64)/bin/maskwarden classify --json $(CLIP) >.cache/clip-arm64.json
	@mk/agree .cache/clip-native.json .cache/clip-arm64.json
