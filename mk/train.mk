# From images to a signed model pack, and what it withstands: see `python -m training.train --help`.
# The robust network goes on from training/start/robust.npz, which took an accelerator (training/accelerated); START= begins with
# CenterFace. START=models/robust/model.keras trains a pack's network on. TEACHER: part of each target is what that network says.
# VERSION must rise with every pack that is used.
START ?= $(if $(filter robust,$(MODEL)),training/start/robust.npz)
TEACHER ?= $(if $(filter robust,$(MODEL)),training/start/teacher.npz)
VERSION ?= 1
DATA ?= ../shared/data/faces.tar
MODEL ?= robust
PACK ?= models/$(MODEL)
# The keys of releases, where they are there: release.key signs packs for cameras, lab.key baselines. Else it is a key of your own.
KEYS ?= ../shared/keys.tar.gz
ROLE ?= $(if $(filter base,$(MODEL)),baseline,camera)
SIGN := KEYS='$(KEYS)' mk/sign

.PHONY: train evaluate poison infer trojan reprogram robustness generalize
train: setup-python build-lite
	@echo 'training $(MODEL) on $(DATA) into $(PACK); stopped, it goes on where it was'
	@$(PYTHON) -m training.train --data $(DATA) --out $(PACK) --work .cache/train/$(MODEL) --model $(MODEL) \
		--version $(VERSION) $(if $(START),--start $(START)) $(if $(TEACHER),--teacher $(TEACHER))
	@$(SIGN) $(PACK) $(ROLE)

evaluate: setup-python
	@echo 'evaluating $(PACK) on $(DATA)'
	@$(PYTHON) -m training.evaluate --data $(DATA) --pack $(PACK)

# SEED='1 2' plants poison first, once a seed, and prints what of it was found; WRITE=1: and into docs/THREATS.md.
# MOST=400 takes that many crops of each class.
poison: setup-python
	@echo 'looking for flipped labels and backdoor triggers in the training crops of $(DATA), as models/robust sees them'
	@$(PYTHON) -m training.poison --data $(DATA) --pack models/robust $(if $(MOST),--most $(MOST)) $(if $(SEED),--seed-poison $(SEED)) $(if $(WRITE),--write docs/THREATS.md)

# Each takes minutes and keeps what is finished below .cache. WRITE=1: and into docs/THREATS.md.
infer: setup-python
	@echo 'asking models/base and models/robust which crops of $(DATA) they were trained on'
	@$(PYTHON) -m training.infer --data $(DATA) --packs models/base models/robust $(if $(WRITE),--write docs/THREATS.md)

trojan: setup-python
	@echo 'looking for triggers in models/base, models/robust and a backdoored copy, on crops of $(DATA)'
	@$(PYTHON) -m training.trojan --data $(DATA) --packs models/base models/robust $(if $(WRITE),--write docs/THREATS.md)

reprogram: setup-python
	@echo 'making models/base and models/robust do other tasks'
	@$(PYTHON) -m training.reprogram --packs models/base models/robust $(if $(WRITE),--write docs/THREATS.md)

# SHARD=1/3 does a third, for three machines: copy their dist/robustness/parts into one folder, and make it there without SHARD.
# With WRITE_PACKS=1 the packs get the figures too, and with them a new signature: by your key where KEYS is not there. docs/RESULTS.md, its curves and README follow.
# ONLY='light corruption' measures no more than that: see --only. WRITE=1 puts TABLES of it into docs/RESULTS.md; the packs stay as they are.
TABLES ?= corruption
robustness: setup-python build-lite
	@echo 'attacking models/base and models/robust with crops of $(DATA); the report goes to dist/robustness'
	@$(PYTHON) -m training.robustness --data $(DATA) --base models/base --robust models/robust --out dist/robustness \
		$(if $(MINUTES),--minutes $(MINUTES)) $(if $(ONLY),--only $(ONLY)) $(if $(SHARD),--shard $(SHARD)) $(if $(WRITE_PACKS),--write-packs); status=$$?; \
		test -z '$(WRITE)' -o $$status -gt 1 || $(PYTHON) -m training.publish --tables $(TABLES) || exit; \
	test -z '$(WRITE_PACKS)' -o $$status -gt 1 || { $(SIGN) models/base baseline && $(SIGN) models/robust camera && $(PYTHON) -m training.publish; } || exit; \
	exit $$status

# STEPS=2 is a tiny run; WRITE=1: and into docs/RESULTS.md.
generalize: setup-python
	@echo 'leaving people and sources of $(DATA) out, one after the other; stopped, it goes on where it was'
	@$(PYTHON) -m training.generalize --data $(DATA) --work .cache/generalize \
		$(if $(STEPS),--steps $(STEPS)) $(if $(WRITE),--write docs/RESULTS.md)
