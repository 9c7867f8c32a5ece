"""The control plane: measures what waits in log pipelines and scales what empties them."""
