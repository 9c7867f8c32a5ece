"""What kopf watches for us. Nothing is decided here."""
