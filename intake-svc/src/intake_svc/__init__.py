"""统一受理 (unified intake): drafts, applications, acceptance by the window, and the applicant's timeline."""
