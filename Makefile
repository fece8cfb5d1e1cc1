# What one types here. The rules are in mk/ and cross.mk; docs/ARCHITECTURE.md is the map.
.PHONY: help
help:
	@echo 'make run [FOR=20s]   set up, build, and watch a synthetic camera being judged'
	@echo 'make build           bin/maskwarden, and bin/maskwarden-tensorflow: also with TensorFlow, whose libraries take 600 MB'
	@echo 'make build-lite      bin/maskwarden only, which is what cameras run; build-tensorflow: the other only'
	@echo 'make test            every check, as CI runs them'
	@echo 'make lint            formatting and static analysis only'
	@echo 'make train           a signed model pack from face crops: DATA=faces.tar MODEL=robust PACK=models/robust'
	@echo 'make evaluate        the accuracy of PACK, clean and attacked, on DATA'
	@echo 'make robustness      every attack on models/base and models/robust: the report dist/robustness; WRITE_PACKS=1: and into the packs'
	@echo 'make cross           dist/arm64: program, models and libraries for arm64'
	@echo 'make setup           only what run needs; setup-test, setup-cross, setup-tensorflow: what those need'
	@echo 'make clean           remove what was built; distclean: and what was downloaded'

include mk/setup.mk mk/build.mk mk/test.mk mk/train.mk cross.mk
