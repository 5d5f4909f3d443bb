"""Networks as staff see them."""

from chassis.base.fields import Code, MaybeUnitCode, Moment, Name, Text, View

from datashare_svc.domain.model import Connection, NetworkLevel


class NetworkView(View):
    """一个专网:谁的、由哪个单位对接、对接到哪一步;`status` 为 proposed 的是拟定名称。"""

    network: Code
    name: Name
    level: NetworkLevel
    unit: MaybeUnitCode
    unit_name: Text
    owner_name: Name
    state: Connection
    state_since: Moment
    status: Code
    source: Text
