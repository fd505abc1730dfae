"""The process that faces people."""
