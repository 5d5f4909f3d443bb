"""Keys on disk: made once, kept for their owner's eyes, and never made anew beside what needs the old ones."""

import fcntl
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from yiwang.keyfile import MAKERS, NEEDED_BY, KeysRefused, keys, secure
from yiwang.services import SERVICES


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_keys_are_made_once_and_for_their_owners_eyes(tmp_path: Path, umask: int) -> None:
    folder = tmp_path / "var"
    before = os.umask(umask)
    try:
        made = keys(folder)
    finally:
        os.umask(before)
    assert keys(folder) == made
    assert (folder.stat().st_mode & 0o777, (folder / "keys.json").stat().st_mode & 0o777) == (0o700, 0o600)
    assert [file.name for file in folder.iterdir()] == ["keys.json"]


def test_what_stands_open_is_narrowed(tmp_path: Path) -> None:
    made = keys(tmp_path)
    tmp_path.chmod(0o755)
    (tmp_path / "keys.json").chmod(0o664)
    assert keys(tmp_path) == made
    assert (tmp_path.stat().st_mode & 0o777, (tmp_path / "keys.json").stat().st_mode & 0o777) == (0o700, 0o600)


def test_halves_left_by_a_process_that_died_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "keys.new").write_text('{"data_key": "k1.', encoding="utf-8")
    (tmp_path / "keys.jsonabc.new").symlink_to(tmp_path / "elsewhere")
    assert keys(tmp_path) == keys(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text("{}", encoding="utf-8")
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "keys.json").symlink_to(elsewhere)
    with pytest.raises(KeysRefused, match="符号链接"):
        keys(tmp_path / "var")
    assert elsewhere.read_text(encoding="utf-8") == "{}"


def test_a_folder_that_all_may_use_is_no_data_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    with pytest.raises(KeysRefused, match="公用目录"):
        keys(tmp_path)


@pytest.mark.parametrize("lost", ["all", "data_key", "lookup_key", "gateway"])
def test_keys_are_not_made_anew_beside_databases_that_need_the_old_ones(tmp_path: Path, lost: str) -> None:
    file = tmp_path / "keys.json"
    made = keys(tmp_path)
    (tmp_path / "intake.db").touch()
    if lost == "all":
        file.unlink()
    else:
        file.write_text(json.dumps({name: key for name, key in made.items() if name != lost}), encoding="utf-8")
    before = {one: one.read_bytes() for one in tmp_path.iterdir()}
    with pytest.raises(KeysRefused, match=r"intake.*keys\.json"):
        keys(tmp_path)
    assert {one: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_every_key_that_a_service_has_of_its_own_is_made_and_none_else() -> None:
    own = {f"{one.name}_{key}" for one in SERVICES.values() for key in one.keys}
    assert MAKERS.keys() == {"data_key", "lookup_key", "gateway", "development", "authority"} | own
    assert NEEDED_BY.keys() <= MAKERS.keys()


@pytest.mark.parametrize("missing", ["development", "intake_service_key", "esign_service_key"])
def test_a_key_that_no_database_needs_is_added_to_an_older_file(tmp_path: Path, missing: str) -> None:
    made = keys(tmp_path)
    for name in SERVICES:
        (tmp_path / f"{name}.db").touch()
    older = {name: key for name, key in made.items() if name != missing}
    (tmp_path / "keys.json").write_text(json.dumps(older), encoding="utf-8")
    found = keys(tmp_path)
    assert {name: found[name] for name in older} == older
    assert found.keys() == made.keys()
    assert keys(tmp_path) == found


@pytest.mark.parametrize("there", [None, {}, {"data_key": "k1.x"}])
def test_of_many_starts_at_once_one_makes_the_keys_that_are_missing(
    tmp_path: Path, there: dict[str, str] | None
) -> None:
    if there is not None:
        secure(tmp_path / "var")
        (tmp_path / "var" / "keys.json").write_text(json.dumps(there), encoding="utf-8")
    program = "import sys; from pathlib import Path; from yiwang.keyfile import keys; print(keys(Path(sys.argv[1])))"
    command = [sys.executable, "-c", program, str(tmp_path / "var")]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    told = {process.communicate(timeout=60)[0].decode().strip() for process in started}
    assert told == {str(keys(tmp_path / "var"))}
    assert [process.returncode for process in started] == [0, 0, 0, 0]


def test_a_start_that_waits_for_another_finds_its_keys_beside_its_databases(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(keys, tmp_path)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        made = {name: f"{name} of the first" for name in MAKERS}
        (tmp_path / "keys.json").write_text(json.dumps(made), encoding="utf-8")
        (tmp_path / "catalog.db").touch()
        os.close(folder)
        assert waiting.result(timeout=60) == made
