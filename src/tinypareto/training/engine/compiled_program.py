"""A whole network as one list of C steps: two calls a batch.

A `Tape` spends most of its time between its few hundred calls. A program is used for networks all
of whose calls have a C step, in float32 on the CPU with one thread; others are left to the tape.
"""

import ctypes

import torch
from torch import Tensor

from tinypareto.training.engine.buffer_layout import Layout
from tinypareto.training.engine.calls import TracedCall, TracedCalls
from tinypareto.training.engine.compiled_steps import BeyondError, CStep, Shape
from tinypareto.training.engine.kernels import kernels
from tinypareto.training.engine.training_steps import training_step


class Program:
    """A compiled `Tape`, for the parameters and sizes at the last `bind`.

    Args:
        traced: Calls of a module in training mode; every parameter has a gradient to add to.
        shape: Shape of the input.
        cases: Number of cases in the largest batch.
        library: The compiled kernels.

    Raises:
        BeyondError: A call has no C step.
    """

    def __init__(self, traced: TracedCalls, shape: Shape, cases: int, library: ctypes.CDLL) -> None:
        self._traced, self._shape, self._cases, self._library = traced, shape, cases, library
        self._kinds = [_kind(call) for call in traced.calls]
        self._memory = torch.empty(0)
        self.bind()

    @classmethod
    def from_calls(
        cls, traced: TracedCalls, sizes: tuple[int, ...], cases: int
    ) -> "Program | None":
        """Compile a network, if every call has a C step and these may be used.

        Args:
            traced: Calls of a module in training mode.
            sizes: Shape of the input, (channels, length) or (channels, height, width).
            cases: Number of cases in the largest batch.

        Returns:
            The program, or None if the network must run on a `Tape`.
        """
        library = kernels()
        # The C steps use one thread, torch's own kernels all of them.
        if library is None or torch.get_num_threads() > 1:
            return None
        try:
            return cls(traced, Shape.from_sizes(sizes), cases, library)
        except BeyondError:
            return None

    def bind(self) -> None:
        """Lay the steps out for the present parameters and sizes."""
        layout = Layout(self._traced, self._kinds, self._shape, self._cases)
        layout.reserve(self._library.room_floats)
        if len(self._memory) < layout.floats:
            self._memory = torch.empty(layout.floats)
        base, bytes_each = self._memory.data_ptr(), self._memory.itemsize
        for placed in layout.placed:
            for name, offset in placed.offsets.items():
                setattr(placed.step, name, base + bytes_each * offset)
        self._steps = (CStep * len(layout.placed))(*(placed.step for placed in layout.placed))
        parts = layout.input, layout.output, layout.output_gradient
        self._input, self._output, self._by_output = (self._memory[start:] for start in parts)
        self._classes = layout.classes

    def forward(self, x: Tensor) -> Tensor:
        """Compute the output for a batch, [n, channels, ...] to [n, classes]."""
        n, shape = len(x), self._shape
        rows = self._input[: n * shape.floats].view(n, shape.height, shape.width, shape.channels)
        rows.permute(0, 3, 1, 2).copy_(x.reshape(n, shape.channels, shape.height, shape.width))
        self._library.run_forward(self._steps, len(self._steps), n)
        return self._output[: n * self._classes].view(n, self._classes).clone()

    def backward(self, gradient: Tensor) -> None:
        """Add the gradients of all parameters to theirs.

        Args:
            gradient: Gradient of the loss with respect to the output, [n, classes].
        """
        self._by_output[: gradient.numel()].view_as(gradient).copy_(gradient)
        self._library.run_backward(self._steps, len(self._steps), len(gradient))


def _kind(call: TracedCall) -> str:
    """Kind of the C step of a call.

    Raises:
        BeyondError: The call has none.
    """
    own = training_step(call)
    kind = own.compiled(call) if own else None
    if kind is None:
        raise BeyondError
    return kind
