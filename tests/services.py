"""Starts PostgreSQL and Kafka in containers, prints their addresses, a line each, and holds them until it is ended."""

import signal
import sys
import time

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer

KAFKA_PORT = 19092


def main() -> None:
    kafka = DockerContainer("apache/kafka:4.1.1").with_bind_ports(KAFKA_PORT, KAFKA_PORT)
    for name, value in {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": f"PLAINTEXT://:{KAFKA_PORT},CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{KAFKA_PORT}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }.items():
        kafka = kafka.with_env(name, value)
    with PostgresContainer("postgres:17", driver=None) as postgres, kafka:
        print(postgres.get_connection_url(), flush=True)
        print(f"kafka://127.0.0.1:{KAFKA_PORT}", flush=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
