"""Which authorities esign asks: the city's at their addresses, in embedded mode the development authority, or none."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass, field

from chassis.base.clock import Clock
from sealing.signing import Stamp

from esign_svc.outside.certifier import NationalMaker
from esign_svc.outside.development import DevelopmentAuthority, require_embedded
from esign_svc.outside.revocations import Lists, lists_at, no_lists
from esign_svc.outside.stamper import HttpStamper, TimeStampsRefused, no_stamps
from esign_svc.settings import EsignSettings


@dataclass(frozen=True, slots=True)
class Authorities:
    """Who stamps the time, who tells what is revoked; the trusted roots (DER); the development authority, if any."""

    stamp: Stamp = field(default=no_stamps, repr=False)
    roots: tuple[bytes, ...] = field(default=(), repr=False)
    development: DevelopmentAuthority | None = None
    lists: Lists = field(default=no_lists, repr=False)

    @property
    def national(self) -> NationalMaker | None:
        """Who makes national seals at once: the development authority, or nobody."""
        return self.development.national if self.development else None


def authorities(settings: EsignSettings, clock: Clock) -> Authorities:
    """Return the authorities that the settings name; without any, whatever wants a time stamp waits.

    Raises DevelopmentAuthorityOutside, TimeStampsRefused, ListsRefused.
    """
    if settings.development_secret:
        require_embedded(settings.database_url, settings.bus_url)
        if settings.tsa_url:
            raise TimeStampsRefused("开发用机构与外部时间戳机构只能用一个")
        development = DevelopmentAuthority(urlsafe_b64decode(settings.development_secret.get_secret_value()), clock)
        return Authorities(development.stamp, development.roots, development, development.lists)
    lists = lists_at(settings.crls)
    if not settings.tsa_url:
        return Authorities(lists=lists)
    if settings.tsa_roots is None:
        raise TimeStampsRefused("设置了 ESIGN_TSA_URL,还须设置 ESIGN_TSA_ROOTS")
    stamper = HttpStamper.at(settings.tsa_url, settings.tsa_roots, clock)
    return Authorities(stamper.stamp, stamper.roots, lists=lists)
