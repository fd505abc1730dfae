"""Market research over transcripts, surveys and feedback."""
