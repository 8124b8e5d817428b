"""A whole network as one list of C steps: two calls a batch.

A `Tape` spends most of its time between its some hundred calls. For networks of the layers that
`c_steps` knows, in float32 on the CPU, with one thread; any other is left to the tape.
"""

import ctypes

import torch
from torch import Tensor

from tinypareto.training.engine.buffer_layout import Layout
from tinypareto.training.engine.calls import Entries
from tinypareto.training.engine.compiled_steps import BeyondError, CStep, Shape, kind_of
from tinypareto.training.engine.kernels import kernels


class Program:
    """As `Tape`, for the parameters and sizes at the last `bind`.

    Args:
        entries: Of a module in training mode; every parameter has a gradient to add to.
        shape: Of the input.
        cases: Most in a batch.
        library: The compiled kernels.

    Raises:
        BeyondError: Some layer has no C step.
    """

    def __init__(self, entries: Entries, shape: Shape, cases: int, library: ctypes.CDLL) -> None:
        self._entries, self._shape, self._cases, self._library = entries, shape, cases, library
        self._kinds = [kind_of(entry) for entry in entries.calls]
        self._memory = torch.empty(0)
        self.bind()

    @classmethod
    def of(cls, entries: Entries, sizes: tuple[int, ...], cases: int) -> "Program | None":
        """The program of a network; None where some layer has no C step, or none may be used.

        Args:
            entries: Of a module in training mode.
            sizes: Of the input, (channels, length) or (channels, height, width).
            cases: Most in a batch.
        """
        library = kernels()
        # Torch's own kernels use more.
        if library is None or torch.get_num_threads() > 1:
            return None
        try:
            return cls(entries, Shape.of(sizes), cases, library)
        except BeyondError:
            return None

    def bind(self) -> None:
        """Take the parameters and sizes as they are now."""
        layout = Layout(self._entries, self._kinds, self._shape, self._cases)
        layout.reserve(self._library.room_floats)
        if len(self._memory) < layout.floats:
            self._memory = torch.empty(layout.floats)
        base, bytes_each = self._memory.data_ptr(), self._memory.itemsize
        for placed in layout.placed:
            for name, offset in placed.offsets.items():
                setattr(placed.step, name, base + bytes_each * offset)
        self._steps = (CStep * len(layout.placed))(*(placed.step for placed in layout.placed))
        parts = layout.input, layout.output, layout.by_output
        self._input, self._output, self._by_output = (self._memory[at:] for at in parts)
        self._classes = layout.classes

    def forward(self, x: Tensor) -> Tensor:
        """The output for a batch, [n, classes]."""
        n, shape = len(x), self._shape
        rows = self._input[: n * shape.floats].view(n, shape.height, shape.width, shape.channels)
        rows.permute(0, 3, 1, 2).copy_(x.reshape(n, shape.channels, shape.height, shape.width))
        self._library.run_forward(self._steps, len(self._steps), n)
        return self._output[: n * self._classes].view(n, self._classes).clone()

    def backward(self, gradient: Tensor) -> None:
        """Add the gradients of all parameters, from that of the output."""
        self._by_output[: gradient.numel()].view_as(gradient).copy_(gradient)
        self._library.run_backward(self._steps, len(self._steps), len(gradient))
