"""Every policy on every trace and scenario, on a virtual clock: who is late, and what it costs."""
