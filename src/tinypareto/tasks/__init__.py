"""Learning tasks: one file each, one line each in `tinypareto.tasks.registry.TASKS`."""
