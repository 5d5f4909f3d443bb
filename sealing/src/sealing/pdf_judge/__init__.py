"""Judges sealed PDF files by rule R30: every signature and time stamp sound, and nothing else after them."""

from sealing.pdf_judge.rule import judge_pdf

__all__ = ["judge_pdf"]
