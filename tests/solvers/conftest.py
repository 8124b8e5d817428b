import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # linear_operator uses torch.jit.script
    import botorch  # noqa: F401
