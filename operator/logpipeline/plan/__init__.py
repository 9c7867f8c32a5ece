"""What announced events will ask for, and cost, before they do: nothing is touched."""
