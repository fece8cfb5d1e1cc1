"""The network, and how its stem is taught."""
