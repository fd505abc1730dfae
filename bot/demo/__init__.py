"""The demo shop, and what draws its pictures."""
