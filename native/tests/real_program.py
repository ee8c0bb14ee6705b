"""Threads, sockets, pipes and child processes, as a scripting language makes them."""
import http.server
import subprocess
import threading
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"hello " * 1000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
for _ in range(20):
    print(len(urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/").read()))
print(subprocess.run(["cat"], input=b"through two pipes", capture_output=True, check=True).stdout)
server.shutdown()
