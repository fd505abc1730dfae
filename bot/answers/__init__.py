"""What customers answer to forms: a yes, an address, an order's number; their words by language."""
