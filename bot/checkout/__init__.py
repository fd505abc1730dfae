"""The demo shop's checkout: what a cart costs, and the order that comes of it."""
