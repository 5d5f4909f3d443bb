"""Opens the storage that a URL names: a folder, or a bucket of an S3 store."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from chassis.base.problems import StartRefused
from chassis.data.cipher import FieldCipher
from chassis.storage.files import Storage, random_name
from chassis.storage.places import Bucket, Folder, Place

DEFAULT_REGION = "us-east-1"


class StorageRefused(StartRefused):
    """An address of a storage cannot be read, or its credentials are missing."""


def open_storage(
    url: str,
    cipher: FieldCipher,
    *,
    credentials: tuple[str, str] = ("", ""),
    names: Callable[[], str] = random_name,
) -> Storage:
    """Open `file:///folder` or `s3://bucket[/prefix][?endpoint=https://…][&region=…]`; nothing is made or asked yet.

    `credentials` are a bucket's access key id and secret access key.

    Raises StorageRefused for any other address, and for a bucket without credentials.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Storage(_folder(parts), cipher, names=names)
    if parts.scheme == "s3":
        return Storage(_bucket(parts, *credentials), cipher, names=names)
    raise StorageRefused("文件存储的地址须为 file:///目录 或 s3://桶/前缀?endpoint=…")


def _folder(parts: SplitResult) -> Place:
    if parts.netloc or parts.query or not parts.path.strip("/"):
        raise StorageRefused("文件存储的目录须写成 file:///绝对路径")
    return Folder(Path(unquote(parts.path)))


def _bucket(parts: SplitResult, access_key_id: str, secret_access_key: str) -> Place:
    told = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
    if told.keys() - {"endpoint", "region"} or "@" in parts.netloc or not parts.netloc:
        raise StorageRefused("S3 地址须写成 s3://桶/前缀?endpoint=…&region=…,凭证另行设置")
    if not access_key_id or not secret_access_key:
        raise StorageRefused("S3 存储须设置 STORAGE_ACCESS_KEY_ID 与 STORAGE_SECRET_ACCESS_KEY")
    region = told.get("region", DEFAULT_REGION)
    endpoint = told.get("endpoint", f"https://s3.{region}.amazonaws.com").rstrip("/")
    if urlsplit(endpoint).scheme not in {"http", "https"} or not urlsplit(endpoint).hostname:
        raise StorageRefused("S3 的 endpoint 须是 http:// 或 https:// 地址")
    return Bucket(parts.netloc, parts.path.strip("/"), endpoint, region, access_key_id, secret_access_key)
