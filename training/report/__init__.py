"""The report of training.robustness: report.json, report.html, and what goes into a pack."""

from training.report.document import as_text, assemble, describe_data, of_pack, write

__all__ = ["as_text", "assemble", "describe_data", "of_pack", "write"]
