"""`logpipeline simulate`: what is asked for on the command line, played, and told."""
