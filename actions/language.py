"""The language that the assistant speaks: that of the files texts/, heard/ and dates/ with its name."""

LANGUAGE = "en"
