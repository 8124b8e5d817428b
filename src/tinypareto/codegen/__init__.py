"""Integer graph to C99 text; touches no disk."""
