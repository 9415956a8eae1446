/** A service for hosts that have only Python: it answers with its version, and behaves as `release.json` says. */
export const PROGRAM = `
import json, os, signal, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

release = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "release.json")))

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        health = release.get("health") if self.path == "/health" else None
        if health == "hang":
            time.sleep(60)
        self.send_response({"error": 500, "redirect": 302}.get(health, 200))
        if health == "redirect":
            self.send_header("Location", "/")
        body = release["version"].encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass

class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

time.sleep(release.get("listensAfterMs", 0) / 1000)
server = Server((os.environ.get("HOST", "0.0.0.0"), int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("version " + release["version"] + " listens", flush=True)
server.serve_forever()
server.server_close()
`;
