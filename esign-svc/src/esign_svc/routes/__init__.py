"""Esign's HTTP edge: a module for each of its concepts, and their routers in one list."""

from collections.abc import Sequence

from fastapi import APIRouter

ROUTERS: Sequence[APIRouter] = ()
