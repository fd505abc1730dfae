import numpy as np
from faiss import InvertedLists

def get_invlist(invlists: InvertedLists, l: int) -> tuple[np.ndarray, np.ndarray]: ...
