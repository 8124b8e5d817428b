"""A small network with nothing to search but its pruning and training."""

SETTINGS = {"width": 8, "depth": 2, "reach": 1, "halvings": 0, "stride": 1}
FLAGS = "--net dscnn " + " ".join(f"--net-option {key}={n}" for key, n in SETTINGS.items())
TOML = "[net_options]\n" + "".join(f"{key} = {n}\n" for key, n in SETTINGS.items())
