"""Made-up customers who talk to the running assistant, to try a shop and its reports out.

`people` has who they are and what they want, `widget` how they talk, `month` when they come.
"""
