"""How long things are kept and waited for: each period stands here, with its reason, and nowhere else."""

from datetime import timedelta

ON_THE_BUS = timedelta(days=30)
"""Records of a topic, and superseded ones of a topic that keeps the last word: a reader may be away this long."""

IN_THE_OUTBOX = timedelta(days=30)
"""Published events, for `yiwang events republish`; of topics that keep the last word or their history, for good."""

IN_THE_INBOX = timedelta(days=30)
"""What says when an event was handled: after it, the version before goes. The newest of each subject stays for good."""

COUNTERS = timedelta(days=400)
"""A counter that is not counted any more: its numbers name a day or a year, which is over by then."""

DRAFTS = timedelta(days=90)
"""A draft after its last change (个人信息保护法 art. 19 and 47): long enough for papers to be fetched from afar."""

DRAFTS_WARNED = timedelta(days=14)
"""Before a draft goes, as long it says so."""

ANSWERS = timedelta(days=7)
"""Stored answers of keyed requests."""

WAITING = timedelta(days=7)
"""An event for an earlier one, or for its cause; then it is a dead letter."""

SETTLING = timedelta(minutes=1)
"""A subject's first event, if it is not version 1, for an earlier one; then it is the base."""

ORPHANS = timedelta(days=1)
"""A file that no row knows, after it was written: far longer than any work that could still write the row."""
