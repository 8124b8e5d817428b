from tinypareto.graph.unique_names import unique_names


def test_names_stay_unless_they_are_taken() -> None:
    assert unique_names(["a", "b", "a", "a_", "x"], "x") == ["a", "b", "a_", "a__", "x_"]
