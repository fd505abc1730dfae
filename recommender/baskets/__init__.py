"""What is bought together, and what a customer orders next."""
