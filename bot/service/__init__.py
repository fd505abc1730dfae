"""Starting, watching, training and checking the processes, and the work of the night."""
