"""A model pack: the forms of the network, golden inputs, stored patches, manifest and model card."""
