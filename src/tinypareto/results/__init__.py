"""The result folder of a search and everything in it that is read again."""
