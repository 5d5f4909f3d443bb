"""Imports the members whose folder and package share a name, before pytest takes the folder for the package."""

import chassis
import gateway

__all__ = ["chassis", "gateway"]
