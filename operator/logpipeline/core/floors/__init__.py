"""Announced events: what they ask of each stage, ahead of what arrives."""
