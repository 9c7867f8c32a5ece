"""The same scenario on real parts and in the simulator, side by side."""
