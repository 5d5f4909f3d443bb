"""The structures of GB/T 38540-2020 (V4) in ASN.1, and how they are read: strictly, with every field of its kind."""

import re
from datetime import datetime
from typing import Any, ClassVar

from asn1crypto.core import (
    Any as AnyPart,
)
from asn1crypto.core import (
    Boolean,
    GeneralizedTime,
    IA5String,
    Integer,
    ObjectIdentifier,
    OctetBitString,
    OctetString,
    PrintableString,
    Sequence,
    SequenceOf,
    UTF8String,
)

from sealing.national import der

VERSION = 4
MOST_BYTES = 4 * 1024 * 1024
UNIT, PERSON = 1, 2
BY_CERTIFICATE, BY_DIGEST = 1, 2
PICTURES = ("GIF", "BMP", "JPG", "PNG", "SVG", "OFD")
_FIXED_TIME = re.compile(rb"\d{14}Z")
_WIDEST_MM = 500


class ExtData(Sequence):  # type: ignore[misc]
    """扩展数据项. Makers write the default of `critical` out, against DER; the signature covers it as it stands."""

    _fields: ClassVar[list[Any]] = [
        ("extn_id", ObjectIdentifier),
        ("critical", Boolean, {"optional": True}),
        ("extn_value", OctetString),
    ]


class ExtensionDatas(SequenceOf):  # type: ignore[misc]
    """自定义数据."""

    _child_spec = ExtData


class Certificates(SequenceOf):  # type: ignore[misc]
    """签章者证书列表: certificates in full."""

    _child_spec = OctetString


class CertificateDigest(Sequence):  # type: ignore[misc]
    """证书杂凑值: its kind and the digest of the whole certificate."""

    _fields: ClassVar[list[Any]] = [("type", PrintableString), ("value", OctetString)]


class CertificateDigests(SequenceOf):  # type: ignore[misc]
    """签章者证书列表: digests of certificates."""

    _child_spec = CertificateDigest


class Header(Sequence):  # type: ignore[misc]
    """SES_Header, 头信息."""

    _fields: ClassVar[list[Any]] = [("id", IA5String), ("version", Integer), ("vid", IA5String)]


def _list_kind(fields: Any) -> type:
    kinds = {BY_CERTIFICATE: Certificates, BY_DIGEST: CertificateDigests}
    return kinds[fields["cert_list_type"].native]


class Property(Sequence):  # type: ignore[misc]
    """SES_ESPropertyInfo, 印章属性."""

    _fields: ClassVar[list[Any]] = [
        ("type", Integer),
        ("name", UTF8String),
        ("cert_list_type", Integer),
        ("cert_list", AnyPart),
        ("create_date", GeneralizedTime),
        ("valid_start", GeneralizedTime),
        ("valid_end", GeneralizedTime),
    ]
    _spec_callbacks: ClassVar[dict[str, Any]] = {"cert_list": _list_kind}


class PictureInfo(Sequence):  # type: ignore[misc]
    """SES_ESPictrueInfo, 印章图像: its size in mm."""

    _fields: ClassVar[list[Any]] = [("type", IA5String), ("data", OctetString), ("width", Integer), ("height", Integer)]


class SealInfo(Sequence):  # type: ignore[misc]
    """SES_SealInfo, 印章信息: what the maker signs. Some makers write the extensions without their tag."""

    _fields: ClassVar[list[Any]] = [
        ("header", Header),
        ("es_id", IA5String),
        ("property", Property),
        ("picture", PictureInfo),
        ("bare_ext_datas", ExtensionDatas, {"optional": True}),
        ("ext_datas", ExtensionDatas, {"explicit": 0, "optional": True}),
    ]


class Seal(Sequence):  # type: ignore[misc]
    """SESeal, 电子印章."""

    _fields: ClassVar[list[Any]] = [
        ("seal_info", SealInfo),
        ("cert", OctetString),
        ("sign_alg_id", ObjectIdentifier),
        ("signed_value", OctetBitString),
    ]


class ToSign(Sequence):  # type: ignore[misc]
    """TBS_Sign, 待签章数据: what the signer signs."""

    _fields: ClassVar[list[Any]] = [
        ("version", Integer),
        ("eseal", Seal),
        ("time_info", GeneralizedTime),
        ("data_hash", OctetBitString),
        ("property_info", IA5String),
        ("ext_datas", ExtensionDatas, {"explicit": 0, "optional": True}),
    ]


class Signature(Sequence):  # type: ignore[misc]
    """SES_Signature, 电子签章."""

    _fields: ClassVar[list[Any]] = [
        ("to_sign", ToSign),
        ("cert", OctetString),
        ("signature_alg_id", ObjectIdentifier),
        ("signature", OctetBitString),
        ("time_stamp", OctetBitString, {"explicit": 0, "optional": True}),
    ]


def read_seal(data: bytes) -> Seal:
    """Read an SESeal. Raises der.Malformed."""
    seal = der.load(Seal, data, at_most=MOST_BYTES)
    _require_seal(seal)
    return seal


def read_signature(data: bytes) -> Signature:
    """Read an SES_Signature with the seal in it. Raises der.Malformed."""
    signature = der.load(Signature, data, at_most=MOST_BYTES)
    to_sign = signature["to_sign"]
    _require_seal(to_sign["eseal"])
    _require(to_sign["version"].native == VERSION, "电子签章的版本不是 4")
    _require(_whole(to_sign["data_hash"]) and _whole(signature["signature"]), "比特串含有未用的位")
    _require_time(to_sign["time_info"])
    _require_known(to_sign["ext_datas"])
    return signature


def time_of(value: GeneralizedTime) -> datetime:
    """Return the moment, aware."""
    moment = value.native
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise der.Malformed("时间没有时区")
    return moment


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001  a claim and what it means when it fails
    if not holds:
        raise der.Malformed(otherwise)


def _require_seal(seal: Seal) -> None:
    info = seal["seal_info"]
    header, held, picture = info["header"], info["property"], info["picture"]
    _require(header["id"].native == "ES", "头信息的标识不是 ES")
    _require(header["version"].native == VERSION, "电子印章的版本不是 4")
    _require(1 <= held["type"].native <= 99, "印章类型超出规定")
    _require(0 < len(info["es_id"].native) <= 64, "印章编码的长度超出规定")
    _require(0 < len(held["name"].native) <= 256, "印章名称的长度超出规定")
    _require(0 < len(held["cert_list"]) <= 1000, "签章者证书列表为空或过长")
    _require(picture["type"].native.upper() in PICTURES, "印章图像的格式超出规定")
    _require(all(0 < picture[side].native <= _WIDEST_MM for side in ("width", "height")), "印章图像的尺寸超出规定")
    _require(_whole(seal["signed_value"]), "比特串含有未用的位")
    for name in ("create_date", "valid_start", "valid_end"):
        _require_time(held[name])
    _require_known(info["ext_datas"])
    _require_known(info["bare_ext_datas"])


def _require_time(value: GeneralizedTime) -> None:
    _require(_FIXED_TIME.fullmatch(value.contents) is not None, "时间的写法不合规定")
    time_of(value)


def _require_known(extensions: Any) -> None:
    """Refuse an extension that must be understood: none is known here."""
    known = [] if extensions.native is None else extensions
    _require(not any(one["critical"].native for one in known), "含有不认识的关键扩展项")


def _whole(bits: OctetBitString) -> bool:
    return not bits.unused_bits
