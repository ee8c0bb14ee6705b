"""Tomcat 10: with MariaDB, over a pool of connections and without one; and behind Apache, by AJP."""
from __future__ import annotations

import pathlib
import shutil
from typing import TYPE_CHECKING

from servers import mariadb, truth
from servers.application import Application

if TYPE_CHECKING:
    from processes import Process
    from servers.place import Place

HOME = pathlib.Path("/usr/share/tomcat10")
DRIVER = pathlib.Path("/usr/share/java/mariadb-java-client.jar")
SOURCES = pathlib.Path(__file__).resolve().parents[3] / "apps" / "tomcat"
HOST, PORT = "h12", 8080
PACKAGES = ("tomcat10", "default-jre-headless", "libmariadb-java")
PROGRAMS = ("java", str(HOME / "bin" / "bootstrap.jar"), str(DRIVER))


def start_tomcat(place: Place, connector: str, database: str = "", pooled: bool = False) -> pathlib.Path:
    """Returns the file that its truth will be in when it has ended."""
    base = place.folder("tomcat")
    for name in ("logs", "temp", "work", "webapps/ROOT/WEB-INF/lib", "conf"):
        (base / name).mkdir(parents=True)
    for name in ("catalina.properties", "web.xml", "context.xml"):
        shutil.copy(f"/etc/tomcat10/{name}", base / "conf")
    (base / "conf" / "server.xml").write_text(
        f'<Server port="-1"><Service name="Catalina"><Connector port="{PORT}" address="{place.address(HOST)}" {connector}/>'
        '<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps"/></Engine></Service></Server>')
    root = base / "webapps" / "ROOT"
    shutil.copy(SOURCES / "work.jsp", root)
    shutil.copy(SOURCES / "web.xml", root / "WEB-INF")
    shutil.copy(DRIVER, root / "WEB-INF" / "lib")
    place.give(base, "tomcat")
    properties = {"catalina.home": HOME, "catalina.base": base, "java.io.tmpdir": base / "temp", "work.host": HOST,
                  "work.database": database, "work.pooled": str(pooled).lower(), "work.truth": base / "truth"}
    process = place.start(HOST, "tomcat", [
        "java", "-Xmx256m", "-XX:+UseSerialGC", "-cp", f"{HOME}/bin/bootstrap.jar:{HOME}/bin/tomcat-juli.jar",
        *(f"-D{name}={value}" for name, value in properties.items()), "org.apache.catalina.startup.Bootstrap", "start"], user="tomcat")
    place.wait_listening(HOST, PORT, process)
    return base / "truth"


class TomcatMariaDb(Application):
    packages = (*PACKAGES, *mariadb.PACKAGES)
    programs = (*PROGRAMS, *mariadb.PROGRAMS)

    def __init__(self, name: str, pooled: bool) -> None:
        self.name = name
        self._pooled = pooled
        self._database: Process
        self._truth: pathlib.Path

    def entry(self, place: Place) -> str:
        return f"{place.address(HOST)}:{PORT}"

    def start(self, place: Place) -> None:
        self._database = mariadb.start(place)
        self._truth = start_tomcat(place, "", mariadb.address(place), self._pooled)

    def visits(self, place: Place) -> list[truth.Visit]:
        return mariadb.named(truth.read(self._truth), self._database)


class ApacheTomcat(Application):
    name = "apache-ajp-tomcat"
    packages = ("apache2", *PACKAGES)
    programs = ("/usr/sbin/apache2", *PROGRAMS)

    WEB, WEB_PORT = "h5", 80
    MODULES = ("mpm_event", "authz_core", "proxy", "proxy_ajp")

    def __init__(self) -> None:
        self._folder: pathlib.Path
        self._truth: pathlib.Path

    def entry(self, place: Place) -> str:
        return f"{place.address(self.WEB)}:{self.WEB_PORT}"

    def start(self, place: Place) -> None:
        self._truth = start_tomcat(place, 'protocol="AJP/1.3" secretRequired="false"')
        self._folder = folder = place.folder("apache")
        modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in self.MODULES)
        (folder / "apache2.conf").write_text(
            f"{modules}ServerRoot {folder}\nServerName localhost\nPidFile {folder}/pid\nListen {self.entry(place)}\n"
            f"User www-data\nGroup www-data\nErrorLog {folder}/errors\nStartServers 2\n"
            f'LogFormat "%{{X-Eval-Id}}i %P %{{c}}a:%{{remote}}p" truth\nCustomLog {folder}/truth truth\n'
            f"ProxyPass / ajp://{place.address(HOST)}:{PORT}/\n")
        process = place.start(self.WEB, "apache", ["/usr/sbin/apache2", "-f", f"{folder}/apache2.conf", "-DFOREGROUND"])
        place.wait_listening(self.WEB, self.WEB_PORT, process)

    def visits(self, place: Place) -> list[truth.Visit]:
        visits = truth.read(self._truth) + truth.read_log(self._folder / "truth", "apache", self.WEB, self.entry(place))
        return truth.add_asking(visits, "apache", "tomcat")


APPLICATIONS = (TomcatMariaDb("tomcat-mariadb", pooled=True), TomcatMariaDb("tomcat-mariadb-unpooled", pooled=False), ApacheTomcat())
