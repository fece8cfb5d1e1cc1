"""Defenses around the network: PatchCleanser's masks and certificates, and feature squeezing."""
