"""What the small words of a message say, in any language that has a file of them in words/: sets, sums, references."""
