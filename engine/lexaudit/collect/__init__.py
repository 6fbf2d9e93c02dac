"""Evidence: what is asked of collectors, what they give back, and where it is kept."""

from lexaudit.collect.interface import Collector, Evidence, EvidenceId, Inputs, Missing, Need, Workspace

__all__ = ["Collector", "Evidence", "EvidenceId", "Inputs", "Missing", "Need", "Workspace"]
