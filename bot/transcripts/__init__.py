"""What was said, masked and searchable: the database that research reads."""
