"""The agreement on events: a JSON Schema for each in its envelope, and one AsyncAPI document of who tells whom what."""

from collections.abc import Sequence
from typing import Any

from chassis.contracts.components import VERSION, about, close_maps
from chassis.events.envelope import Envelope
from chassis.events.outbox import Event
from chassis.service import Service

MEDIA_TYPE = "application/cloudevents+json"
KAFKA = {
    "host": "{host}",
    "protocol": "kafka",
    "title": "Kafka",
    "description": "各服务共用的消息总线(production);嵌入式运行时为本机的日志文件,语义相同",
    "variables": {"host": {"default": "localhost:9092", "description": "引导服务器的主机名与端口"}},
}


def event_schema(event: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an event in its envelope, with whole examples."""
    payload = event.model_json_schema(mode="serialization")
    examples = payload.pop("examples", [])
    close_maps(payload)
    definitions = payload.pop("$defs", {})
    going = {"deprecated": True} if payload.pop("deprecated", False) else {}
    envelope = Envelope.model_json_schema(mode="serialization")["properties"]
    envelope |= {"type": {"const": event.type}, "data": payload}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": event.dataschema(),
        "title": event.type,
        "description": (event.__doc__ or "").strip(),
        **going,
        "type": "object",
        "required": sorted(envelope),
        "properties": envelope,
        **({"$defs": definitions} if definitions else {}),
        "examples": [_example(event, data) for data in examples],
    }


def _example(event: type[Event], data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "01900000-0000-7000-8000-000000000001",
        "source": f"/{event.topic.split('.', maxsplit=1)[0]}",
        "type": event.type,
        "subject": "01900000-0000-7000-8000-00000000000a",
        "time": "2026-03-02T01:30:00Z",
        "datacontenttype": "application/json",
        "dataschema": event.dataschema(),
        "aggregateversion": 1,
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "data": data,
    }


def asyncapi(services: Sequence[Service]) -> dict[str, Any]:
    """Return the AsyncAPI 3.1 document of all topics, who sends to them and who receives."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for service in services:
        for event in service.publishes:
            channel = channels.setdefault(event.topic, _channel(event.topic, service))
            channel["messages"][event.type] = _message(event)
            operations[f"{service.name}.sends.{event.type}"] = _operation("send", service, event)
        for event in service.reads:
            operations[f"{service.name}.receives.{event.type}"] = _operation("receive", service, event)
    contact = about("events")["contact"]
    words = "CloudEvents 1.0(结构化 JSON)。键为聚合标识;同一聚合内 aggregateversion 连续有序,至少一次送达"
    return {
        "asyncapi": "3.1.0",
        "info": {"title": "一网事件", "version": VERSION, "description": words, "contact": contact},
        "servers": {"production": KAFKA},
        "defaultContentType": MEDIA_TYPE,
        "channels": channels,
        "operations": operations,
    }


def _channel(topic: str, service: Service) -> dict[str, Any]:
    words = f"{service.api.title}({service.api.description})的事件;不含个人信息"
    server = {"$ref": "#/servers/production"}
    return {"address": topic, "title": topic, "description": words, "servers": [server], "messages": {}}


def _message(event: type[Event]) -> dict[str, Any]:
    words = " ".join((event.__doc__ or "").split())
    return {
        "name": event.type,
        "title": event.type,
        "summary": words.partition(". ")[0],
        "description": words,
        "contentType": MEDIA_TYPE,
        "payload": {"$ref": f"./events/{event.contract()}"},
    }


def _operation(action: str, service: Service, event: type[Event]) -> dict[str, Any]:
    channel = f"#/channels/{event.topic}"
    words = f"{service.api.title}{'发出' if action == 'send' else '读取'} {event.type}"
    return {
        "action": action,
        "title": words,
        "description": words,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.type}"}],
    }
