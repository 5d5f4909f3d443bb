"""What a small city pack says of sharing."""

from datashare_svc.domain.model import (
    Depth,
    Kind,
    Network,
    NetworkLevel,
    Push,
    Resource,
    ResourceField,
    Sharing,
    SharingClass,
    SharingMode,
    UpdateCycle,
    Use,
)
from datashare_svc.domain.pack import SharingPlan

NETWORK = Network("births", "出生医学证明", NetworkLevel.NATIONAL, "U23", "国家卫生健康委员会", source="拟定")
RESOURCE = Resource(
    resource="birth_record",
    resource_code="1/1",
    name="出生医学信息",
    network="births",
    unit="U23",
    service="birth_record",
    summary="分娩信息",
    sharing_class=SharingClass.CONDITIONAL,
    mode=SharingMode.API,
    update_cycle=UpdateCycle.REAL_TIME,
    basis="母婴保健法第二十三条",
    condition="限父母本人",
    fields=(ResourceField("parent_id_number", "父母一方号码", Kind.ID_NUMBER, 18, is_key=True),),
)
USE = Use(
    use="birth",
    resource="birth_record",
    depth=Depth.VERIFY,
    push=Push.SUBMISSION,
    keys={"parent_id_number": "form.mother_id_number"},
    basis="母婴保健法第二十三条",
    compares={"child_sex": "child_sex"},
    material="hospital_birth_record",
)
SHARING = Sharing("newborn", (USE,), {"hospital_birth_record": "医院分娩信息"})
PLAN = SharingPlan((NETWORK,), (RESOURCE,), (SHARING,))
