"""The events wing: the outbox, the inbox and the bus between them."""
