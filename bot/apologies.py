"""What customers hear when the assistant has no answer for them."""

NOTHING_SAID = "Sorry, something went wrong on our side. Could you ask me that again in a moment?"
GIVEN_UP = "Sorry, something went wrong on our side, and I couldn't answer that. Please try again."
