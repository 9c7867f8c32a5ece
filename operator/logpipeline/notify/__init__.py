"""Who is told: one module a way of telling."""
