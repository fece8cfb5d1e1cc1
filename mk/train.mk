# From images to a model pack: see `python -m training.train --help`.
DATA ?= ../shared/data/faces.tar
MODEL ?= robust
PACK ?= models/first

.PHONY: train evaluate
train: setup .cache/venv/installed
	@echo 'training $(MODEL) on $(DATA) into $(PACK); stopped, it goes on where it was'
	@$(PYTHON) -m training.train --data $(DATA) --out $(PACK) --work .cache/train/$(MODEL) --model $(MODEL)

evaluate: setup .cache/venv/installed
	@echo 'evaluating $(PACK) on $(DATA)'
	@$(PYTHON) -m training.evaluate --data $(DATA) --pack $(PACK)
