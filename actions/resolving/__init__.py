"""What a message asks for at its point of a conversation: the state, what is pointed at, and the requests that follow."""
