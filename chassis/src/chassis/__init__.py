"""What every service of the suite would otherwise write again: database, outbox, inbox, bus, HTTP edge, identity.

There is no word of the field in here; a service is built by `chassis.service.build_service`.
"""
