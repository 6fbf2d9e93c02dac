"""Lexaudit: what is true of a lineage graph of AI systems under versioned, effective-dated law."""

__version__ = "0.1.0"
