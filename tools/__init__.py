"""What is run on the checkout: writing the generated files, and drawing the pictures of the docs."""
