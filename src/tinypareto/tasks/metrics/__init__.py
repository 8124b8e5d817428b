"""Figures of merit of a classifier, any of which can steer a search; one file each."""
