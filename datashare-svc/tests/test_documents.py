"""What is stored of resources and sharing catalogues comes back as it was."""

import json
from datetime import date

from datashare_svc.domain.documents import read_resource, read_sharing, resource_document, sharing_document
from datashare_svc.domain.model import (
    Depth,
    Kind,
    Push,
    Resource,
    ResourceField,
    Sharing,
    SharingClass,
    SharingMode,
    UpdateCycle,
    Use,
)
from hypothesis import given
from hypothesis import strategies as st

texts = st.text(max_size=8)
fields = st.builds(ResourceField, name=texts, label=texts, kind=st.sampled_from(Kind), is_key=st.booleans())
resources = st.builds(
    Resource,
    **dict.fromkeys(("resource", "resource_code", "name", "network", "unit", "service", "summary", "basis"), texts),
    sharing_class=st.sampled_from(SharingClass),
    mode=st.sampled_from(SharingMode),
    update_cycle=st.sampled_from(UpdateCycle),
    fields=st.lists(fields, max_size=3).map(tuple),
    published_on=st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    related=st.lists(texts, max_size=3).map(tuple),
)
pairs = st.dictionaries(texts, texts, max_size=3)
uses = st.builds(
    Use,
    use=texts,
    resource=texts,
    basis=texts,
    depth=st.sampled_from(Depth),
    push=st.sampled_from(Push),
    keys=pairs,
    gives=pairs,
    compares=pairs,
    requires=pairs,
    one_is_enough=st.booleans(),
    items=st.lists(texts, max_size=3).map(tuple),
    when=st.dictionaries(texts, st.lists(texts, max_size=3).map(tuple), max_size=2),
)
sharings = st.builds(Sharing, matter_code=texts, uses=st.lists(uses, max_size=3).map(tuple), materials=pairs)


@given(resource=resources)
def test_a_resource_comes_back_from_json_as_it_was(resource: Resource) -> None:
    document = json.loads(json.dumps(resource_document(resource)))
    assert document == resource_document(resource)
    assert read_resource(document) == resource


@given(sharing=sharings)
def test_a_sharing_catalogue_comes_back_from_json_as_it_was(sharing: Sharing) -> None:
    document = json.loads(json.dumps(sharing_document(sharing)))
    assert document == sharing_document(sharing)
    assert read_sharing(document) == sharing
