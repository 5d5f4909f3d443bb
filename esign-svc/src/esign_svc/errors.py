"""Esign's problems.

Problem
"""
