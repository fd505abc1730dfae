"""Write the pages that are made from what they speak of: `python -m tests.docs`."""

from tests.docs import commands, reference

for made in (commands, reference):
    made.PAGE.write_text(made.page(), encoding="utf-8")
    print(f"Wrote {made.PAGE.name}.")
