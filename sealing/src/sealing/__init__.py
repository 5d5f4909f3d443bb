"""电子签章的各种格式 (formats of electronic seals): made and verified, without a database and without a web.

Seals are drawn, PDFs are sealed and extended, time stamps are given and checked (RFC 3161), GB/T 38540 seals and
signatures and OFD files are built and verified. Keys are never here: what signs arrives as a `Signatory`.
"""
