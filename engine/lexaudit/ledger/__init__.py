"""The append-only ledger: what was judged and issued, in an order that cannot be changed unseen."""

from lexaudit.ledger.log import Entry, Ledger, check_file, check_head, check_proof, head_path

__all__ = ["Entry", "Ledger", "check_file", "check_head", "check_proof", "head_path"]
