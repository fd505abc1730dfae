"""What a customer's words ask of products, as filters."""
