"""Renderers and seals: each turns one sealed audit into a document and decides nothing."""
