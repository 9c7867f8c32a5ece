"""Tests of the operator as helm installs it. A package, so that one installation serves all of them."""
