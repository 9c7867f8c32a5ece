"""What is run on the checkout: writing the generated files."""
