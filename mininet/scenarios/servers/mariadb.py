"""MariaDB, on a host of its own, with a little data and the user `work`."""
from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from processes import Process, ScenarioError

if TYPE_CHECKING:
    from servers.place import Place
    from servers.truth import Visit

PACKAGES = ("mariadb-server",)
PROGRAMS = ("/usr/sbin/mariadbd", "mariadb-install-db")
HOST, PORT, TIER = "h13", 3306, "mariadb"
DATA = """\
CREATE DATABASE work;
USE work;
CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(32));
INSERT INTO item SELECT seq, CONCAT('item ', seq) FROM seq_1_to_100;
CREATE USER work@'%' IDENTIFIED BY 'work';
GRANT ALL ON work.* TO work@'%';
"""
INSTALL_S = 120


def start(place: Place) -> Process:
    folder = place.folder(TIER, "mysql")
    done = subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={folder}/data", "--user=mysql", "--skip-test-db",
                           "--auth-root-authentication-method=normal"], capture_output=True, text=True, timeout=INSTALL_S)
    if done.returncode != 0:
        raise ScenarioError(f"mariadb-install-db ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    (folder / "data.sql").write_text(DATA)
    process = place.start(HOST, TIER, [
        "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={folder}/data", f"--socket={folder}/socket", f"--pid-file={folder}/pid",
        f"--bind-address={place.address(HOST)}", f"--port={PORT}", "--skip-name-resolve", f"--init-file={folder}/data.sql",
        "--innodb-log-file-size=8M", "--innodb-buffer-pool-size=32M", "--max-connections=200"], user="mysql")
    place.wait_listening(HOST, PORT, process)
    return process


def address(place: Place) -> str:
    return f"{place.address(HOST)}:{PORT}"


def named(visits: list[Visit], database: Process) -> list[Visit]:
    """Who asks the database knows all of its visits but the process."""
    for visit in visits:
        if visit.tier == TIER:
            visit.pid = database.pid
    return visits
