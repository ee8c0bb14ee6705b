"""Tests of the load client against a server that answers in every way that HTTP/1.1 ends a body. Needs a C compiler."""
import collections
import http.server
import json
import pathlib
import subprocess
import tempfile
import threading
import unittest

SOURCES = pathlib.Path(__file__).resolve().parents[3] / "native" / "loadclient"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802, called by its base
        self.server.asked.append((self.headers["X-Eval-Id"], self.path, self.client_address[1]))
        way = self.path.partition("?")[0]
        if way == "/error":
            self.send_error(500)
        elif way == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (b"4\r\ndo", b"ne\r\n0\r", b"\n\r\n"):
                self.wfile.write(part)
                self.wfile.flush()
        else:
            self.send_response(200)
            if way == "/sized":
                self.send_header("Content-Length", "4")
            else:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"done")

    def log_message(self, *_):
        pass


class LoadClientTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.program = f"{cls.folder.name}/loadclient"
        sources = map(str, SOURCES.glob("*.c"))
        subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-o", cls.program, *sources, "-pthread"], check=True)

    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.asked = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def ask(self, *options):
        """The client's status and its truth; it asks from number 5 on."""
        self.address = f"127.0.0.1:{self.server.server_port}"
        truth = pathlib.Path(self.folder.name) / "truth"
        done = subprocess.run([self.program, "--to", self.address, "--host", "h1", "--truth", str(truth), "--first", "5", *options],
                              capture_output=True, timeout=60)
        return done.returncode, [json.loads(line) for line in truth.read_text().splitlines()]

    def test_ask_every_request_is_answered_and_in_the_truth(self):
        for way in ("/sized", "/chunked", "/closed"):
            self.server.asked.clear()
            status, truth = self.ask("--path", way, "--requests", "20", "--in-flight", "3")
            self.assertEqual((0, [f"r{number:07}" for number in range(5, 25)]), (status, [visit["id"] for visit in truth]))
            told = sorted((visit["id"], way, int(visit["out"][0]["local"].rpartition(":")[2])) for visit in truth)
            self.assertEqual(sorted(self.server.asked), told)
            self.assertEqual({self.address}, {visit["out"][0]["peer"] for visit in truth})
            self.assertTrue(all(visit["out"][0]["enterNs"] < visit["out"][0]["exitNs"] for visit in truth))

    def test_ask_connections_are_kept_unless_fresh_ones_are_wanted(self):
        for options, connections in (([], 2), (["--fresh"], 10)):
            _, truth = self.ask("--path", "/sized", "--requests", "10", "--in-flight", "2", *options)
            counts = collections.Counter(visit["out"][0]["local"] for visit in truth)
            self.assertLessEqual(len(counts), connections)
            self.assertEqual(bool(options), max(counts.values()) == 1)

    def test_ask_distinct_urls_are_distinct_and_not_the_ids(self):
        self.ask("--path", "/sized", "--requests", "50", "--distinct")
        numbers = [path.partition("?n=")[2] for _, path, _ in self.server.asked]
        self.assertEqual((50, {7}), (len(set(numbers)), set(map(len, numbers))))
        self.assertFalse({request[1:] for request, _, _ in self.server.asked} & set(numbers))

    def test_ask_other_status_is_told_and_not_in_the_truth(self):
        self.assertEqual((1, []), self.ask("--path", "/error", "--requests", "2"))


if __name__ == "__main__":
    unittest.main()
