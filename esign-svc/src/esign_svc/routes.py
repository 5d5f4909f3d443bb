"""Esign's HTTP edge."""

from chassis.http.routing import router

routes = router()
