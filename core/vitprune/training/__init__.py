"""Short training of a pruned model to say what the dense one says, on images that need no labels."""

from vitprune.training.loop import check_settings, train
from vitprune.training.views import Pool, apart, to_fit

__all__ = ["Pool", "apart", "check_settings", "to_fit", "train"]
