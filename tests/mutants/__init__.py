"""`make mutants`: small faults at places drawn by chance, and whether the tests notice them.

The idea is that of mutation testing (DeMillo, Lipton and Sayward, "Hints on test data selection", 1978). mutmut and
cosmic-ray make every fault of a module, one after the other; what is asked here is how much of a sample over all rooms
goes by unnoticed, in an hour or two.
"""
