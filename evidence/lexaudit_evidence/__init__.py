"""Collectors: each measures one thing about a subject and returns it as evidence, or says why it could not."""
