"""What the teacher said of each view is remembered where there is room: asked again, it would say the same, and takes a
third of the time of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from vitprune.training.distance import FIELDS, Said

VIEWS = 8  # of each image, that come again and again
MOST_BYTES = 2**26


class Aims:
    """Of `images` images, of which the teacher says what has the form of `example`. Without room for it each pass has
    views of its own."""

    def __init__(self, images: int, example: Said, *, features: bool) -> None:
        """`features`: whether the loss looks at those too."""
        self._names = [name for name in (FIELDS if features else ("logits",)) if getattr(example, name) is not None]
        forms = {name: getattr(example, name)[0] for name in self._names}
        size = VIEWS * images * sum(form.nbytes for form in forms.values())
        self.tensors: dict[str, Tensor] = {}
        """By name, (views, images, ...); "known" (views, images) says of which there is something."""
        if forms and size <= MOST_BYTES:
            self.tensors = {name: form.new_zeros(VIEWS, images, *form.shape) for name, form in forms.items()}
            self.tensors["known"] = torch.zeros(VIEWS, images, dtype=torch.bool)

    def view(self, number: int) -> int:
        """Which view of its images pass `number` shows."""
        return number % VIEWS if self.tensors else number

    def said(self, view: int, indices: Sequence[int], ask: Callable[[], Said]) -> Said:
        """Of this view of the images with these numbers, which `ask` asks the teacher."""
        if not self.tensors:
            return ask()
        places = torch.tensor(indices)
        if not bool(self.tensors["known"][view, places].all()):
            said = ask()
            for name in self._names:
                self.tensors[name][view, places] = getattr(said, name)
            self.tensors["known"][view, places] = True
        return Said(**{name: self.tensors[name][view, places] for name in self._names})

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """From what `tensors` was. Raises KeyError, RuntimeError."""
        for name, tensor in self.tensors.items():
            tensor.copy_(tensors[name])
