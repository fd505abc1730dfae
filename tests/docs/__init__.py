"""The docs, held against what they speak of."""
