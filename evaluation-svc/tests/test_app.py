from chassis.service import Service


async def test_the_service_starts_and_is_ready(service: Service) -> None:
    async with service.running():
        for probe in service.probes().values():
            await probe()
        assert service.ailing() == []
