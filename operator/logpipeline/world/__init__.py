"""What is in the cluster, as frozen values, kept up to date by the handlers."""
