"""Answers made of facts: the direct answer first, then what helps."""
