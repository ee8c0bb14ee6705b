"""nginx -> php-fpm -> MariaDB, and the same behind haproxy, which reaches nginx by a virtual address of the network."""
from __future__ import annotations

import pathlib
import shutil
from typing import TYPE_CHECKING

from ntier import port_of
from servers import mariadb, truth
from servers.application import Application, Goal

if TYPE_CHECKING:
    from processes import Process
    from servers.place import Place

SOURCES = pathlib.Path(__file__).resolve().parents[3] / "apps" / "php"
FPM = "/usr/sbin/php-fpm8.2"  # Debian 12's
PHP, PHP_PORT = "h6", 9000


class NginxPhp(Application):
    name = "nginx-php-mariadb"
    packages = ("nginx-light", "php-fpm", "php-mysql", *mariadb.PACKAGES)
    programs = ("nginx", FPM, *mariadb.PROGRAMS)

    NGINX, PORT = "h4", 80

    def __init__(self) -> None:
        self._database: Process
        self._log: pathlib.Path
        self._truth: pathlib.Path

    def entry(self, place: Place) -> str:
        return f"{place.address(self.NGINX)}:{self.PORT}"

    def start(self, place: Place) -> None:
        self._database = mariadb.start(place)
        self._start_php(place, place.folder("php"))
        self._start_nginx(place, place.folder("nginx"))

    def _start_php(self, place: Place, folder: pathlib.Path) -> None:
        shutil.copy(SOURCES / "work.php", folder)
        self._truth = folder / "truth"
        self._truth.mkdir()
        self._listens = f"{place.address(PHP)}:{PHP_PORT}"
        settings = {"LISTENS": self._listens, "HOST": PHP, "DATABASE": mariadb.address(place), "TRUTH": self._truth}
        (folder / "php-fpm.conf").write_text(
            f"[global]\nerror_log = {folder}/errors\n[work]\nlisten = {self._listens}\npm = static\npm.max_children = 8\n"
            + "".join(f"env[WORK_{name}] = {value}\n" for name, value in settings.items()))
        place.give(folder, "www-data")
        process = place.start(PHP, "php", [FPM, "--nodaemonize", "--fpm-config", f"{folder}/php-fpm.conf", "-d", "ffi.enable=1"],
                              user="www-data")
        place.wait_listening(PHP, PHP_PORT, process)
        self._script = folder / "work.php"

    def _start_nginx(self, place: Place, folder: pathlib.Path) -> None:
        self._log = folder / "truth"
        parameters = {"SCRIPT_FILENAME": self._script, "REQUEST_METHOD": "$request_method", "REQUEST_URI": "$request_uri",
                      "QUERY_STRING": "$query_string", "SERVER_PROTOCOL": "$server_protocol"}
        (folder / "nginx.conf").write_text(
            f"daemon off; user www-data; worker_processes 2; pid {folder}/pid; error_log {folder}/errors;\n"
            "events { }\n"
            "http {\n"
            f"  log_format truth '$http_x_eval_id $pid $remote_addr:$remote_port'; access_log {self._log} truth;\n"
            f"  server {{ listen {self._nginx(place)}; location / {{ fastcgi_pass {self._listens};\n"
            + "".join(f"    fastcgi_param {name} {value};\n" for name, value in parameters.items()) + "  } }\n}\n")
        process = place.start(self.NGINX, "nginx", ["nginx", "-p", str(folder), "-c", f"{folder}/nginx.conf"])
        place.wait_listening(self.NGINX, self.PORT, process)

    def _nginx(self, place: Place) -> str:
        return f"{place.address(self.NGINX)}:{self.PORT}"

    def visits(self, place: Place) -> list[truth.Visit]:
        visits = [visit for file in self._truth.iterdir() for visit in truth.read(file)]
        visits += truth.read_log(self._log, "nginx", self.NGINX, self._nginx(place))
        return truth.add_asking(mariadb.named(visits, self._database), "nginx", "php")


class HaproxyNginxPhp(NginxPhp):
    name = "haproxy-nginx-php-mariadb"
    packages = ("haproxy", *NginxPhp.packages)
    programs = ("/usr/sbin/haproxy", *NginxPhp.programs)
    goal = Goal.WITNESSED

    HAPROXY, HAPROXY_PORT = "h5", 80
    NGINX, PORT = "h7", port_of("h7")  # where the network has a virtual address for it

    def __init__(self) -> None:
        super().__init__()
        self._haproxy: Process

    def entry(self, place: Place) -> str:
        return f"{place.address(self.HAPROXY)}:{self.HAPROXY_PORT}"

    def start(self, place: Place) -> None:
        super().start(place)
        folder = place.folder("haproxy")
        (folder / "haproxy.cfg").write_text(
            f"global\n  user haproxy\n  group haproxy\n  chroot {place.folder('haproxy-root')}\n"
            "defaults\n  mode http\n  timeout connect 10s\n  timeout client 60s\n  timeout server 60s\n"
            f"frontend front\n  bind {self.entry(place)}\n  default_backend back\n"
            f"backend back\n  server nginx {place.virtual(self.NGINX, self.PORT)}\n")
        self._haproxy = place.start(self.HAPROXY, "haproxy", ["/usr/sbin/haproxy", "-db", "-f", f"{folder}/haproxy.cfg"])
        place.wait_listening(self.HAPROXY, self.HAPROXY_PORT, self._haproxy)

    def visits(self, place: Place) -> list[truth.Visit]:
        """haproxy's own log lacks a line where its threads write at once: what it did is known from who asked it and whom it asked."""
        asked, visits = place.virtual(self.NGINX, self.PORT), super().visits(place)
        return visits + [truth.Visit(visit.id, "haproxy", self.HAPROXY, None, [truth.End(visit.entry.peer, asked)], self._haproxy.pid)
                         for visit in visits if visit.tier == "nginx"]


APPLICATIONS = (NginxPhp(), HaproxyNginxPhp())
