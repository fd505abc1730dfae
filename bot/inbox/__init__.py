"""Messages on their way between customers, the assistant and staff."""
