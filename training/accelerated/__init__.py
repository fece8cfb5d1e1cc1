"""The robust run on an accelerator, in JAX: the same network, batches and attacks, with larger batches and more steps of attack.

What it writes is a `model.keras` that `python -m training.train --start` goes on from.
"""
