"""The report: one HTML file with all that it needs, to be read anywhere and without a network."""
