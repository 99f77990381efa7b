"""BNext (arXiv:2211.12933) as a detector (arXiv:2406.04932): a face and its Fourier and LBP planes to a
logit, by weights of one bit.
"""

from detector.zoo.bnext.network import BNextNetwork, build_bnext

__all__ = ["BNextNetwork", "build_bnext"]
