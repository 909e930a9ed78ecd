"""Width: heads and hidden neurons that go from branches that stay."""
