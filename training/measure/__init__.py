"""The measurements of `training.robustness`, one file each: what is run, on which crops, and the figures that come of it."""
