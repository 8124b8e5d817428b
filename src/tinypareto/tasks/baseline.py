"""Score of a simple model, for comparison with networks."""

from pydantic import BaseModel, ConfigDict


class Baseline(BaseModel):
    """A simple model and how well it does.

    Attributes:
        name: Name of the model, such as "random forest".
        score: Score on the test split, as the task measures it.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    score: float
