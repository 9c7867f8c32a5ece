"""The pictures of the docs about deciding: drawn from runs of the simulator, each for one idea."""
