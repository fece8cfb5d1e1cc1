# What one types here. The rules are in mk/ and cross.mk; docs/ARCHITECTURE.md is the map.
.PHONY: help
help:
	@echo 'make run [FOR=20s]   set up, build, and run the demo on a synthetic camera'
	@echo 'make build           bin/maskwarden, and bin/maskwarden-tensorflow: also with TensorFlow, whose libraries take 600 MB'
	@echo 'make build-lite      bin/maskwarden only, which is what cameras run; build-tensorflow: the other only'
	@echo 'make check           format, lint and unit tests: minutes, and neither TensorFlow nor the arm64 build is set up'
	@echo 'make test            every check, as CI runs them'
	@echo 'make lint            formatting and static analysis only; GOVULNDB=file:///DIR: known vulnerabilities, too'
	@echo 'make chaos           kills, power cuts and damaged files: what is lost; CHAOS=200: how often each'
	@echo 'make train           a signed model pack from face crops: DATA=faces.tar MODEL=robust PACK=models/robust'
	@echo 'make evaluate        the accuracy of PACK, clean and attacked, on DATA'
	@echo 'make poison          flipped labels and backdoor triggers in the training crops of DATA; SEED=1 plants some first'
	@echo 'make infer           asks the packs who was in their training; trojan: looks for triggers they learned; reprogram: makes them do other tasks'
	@echo 'make robustness      every attack on models/base and models/robust: the report dist/robustness; WRITE_PACKS=1: and into the packs'
	@echo '                     ONLY="light corruption" WRITE=1: light and the corruptions of ImageNet-C alone, into docs/RESULTS.md'
	@echo 'make generalize      networks trained for a moment on DATA, each judged on a person or source that it never met'
	@echo 'make cross           dist/arm64: program, models and libraries for arm64'
	@echo 'make setup           only what run needs; setup-check, setup-test, setup-cross, setup-tensorflow: what those need'
	@echo 'make clean           remove what was built; distclean: and what was downloaded'

include mk/setup.mk mk/build.mk mk/test.mk mk/train.mk cross.mk
