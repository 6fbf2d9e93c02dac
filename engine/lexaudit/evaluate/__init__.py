"""Judging: facts derived, dates found, rules applied. Nothing here touches a store, clock, disk or network."""
