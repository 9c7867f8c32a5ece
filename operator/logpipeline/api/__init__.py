"""The resources users write: models, conditions and the generation of their CRDs."""
