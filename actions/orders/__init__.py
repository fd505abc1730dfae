"""Orders: the form that all tasks share, what is done, and how it is said."""
