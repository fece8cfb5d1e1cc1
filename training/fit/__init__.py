"""A training run: settings, batches, the attacks on them, and validation."""
