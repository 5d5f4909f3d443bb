"""An identity provider of its own process, standing in for the city's where the suite runs on PostgreSQL and Kafka."""

import sys
from dataclasses import replace

import uvicorn
from chassis.base.clock import SystemClock
from gateway.development.flow import CLIENT, REDIRECT
from gateway.development.provider import Provider, build

CASTS = 200


def main(port: int) -> None:
    provider = Provider(f"http://127.0.0.1:{port}", "yiwang", {CLIENT: frozenset({REDIRECT})}, SystemClock())
    for person in list(provider.persons.values()):  # casts of their own for load runs
        for number in range(CASTS):
            subject = f"{person.subject}-{number}"
            provider.persons[subject] = replace(person, subject=subject)
    uvicorn.run(build(provider), host="127.0.0.1", port=port, log_config=None, lifespan="off")


if __name__ == "__main__":
    main(int(sys.argv[1]))
