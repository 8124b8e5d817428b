import re

from tinypareto.codegen.header_text import quantity_lines
from tinypareto.codegen.model_info import ModelInfo, Quantity

NOTHING = ModelInfo("net", (), (), ())


def test_the_worked_example_is_right() -> None:
    info = ModelInfo("net", (), (), (), quantities=(Quantity("speed", 0.5, 10.0),))
    text = " ".join(quantity_lines(info))
    assert "0: speed, from -54 to 73.5 in steps of 0.5" in text
    found = re.search(r"an output 0 of (\S+) means (\S+) \* (\S+) \+ (\S+) = (\S+)\.", text)
    assert found
    step, same, gain, bias, value = map(float, found.groups())
    assert step == same
    assert step * gain + bias == value


def test_classes_have_none() -> None:
    assert quantity_lines(NOTHING) == []
