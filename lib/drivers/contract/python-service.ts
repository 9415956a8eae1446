import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import type { Behaviour } from "./workbench";

/** Files of a service for hosts that have nothing but Python: `service.py` behaves, `build.sh` is its build. */
export async function writePythonService(folder: string, behaviour: Behaviour): Promise<void> {
  await writeFile(join(folder, "service.py"), serviceSource(behaviour));
  await writeFile(join(folder, "build.sh"), BUILDS[behaviour.build ?? "good"]);
}

const BUILDS = {
  good: "echo built\n",
  failing: "echo no such module >&2\nexit 2\n",
  endless: "exec sleep 3600\n",
};

/** Listens on HOST; in a container, where HOST is unset, on every interface. */
function serviceSource(behaviour: Behaviour): string {
  return `
import json, os, signal, socket, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

behaviour = json.loads(${JSON.stringify(JSON.stringify(behaviour))})
if "exitCode" in behaviour:
    print("goodbye", flush=True)
    sys.exit(behaviour["exitCode"])
if "secondPort" in behaviour:
    second = socket.create_server(("127.0.0.1", behaviour["secondPort"]))

class Handler(BaseHTTPRequestHandler):
    checks = 0

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/health":
            Handler.checks += 1
            if Handler.checks <= behaviour.get("coldChecks", 0):
                return self.answer(503)
            return self.answer(behaviour.get("healthStatus", 200))
        if path == "/die" and behaviour.get("diesWhenAsked"):
            os._exit(9)
        if path == "/slow":
            time.sleep(behaviour.get("slowMs", 0) / 1000)
        if path == "/say":
            print("said " + query, flush=True)
        self.answer(200 if path in ("/", "/slow", "/say") else 404)

    def answer(self, status):
        body = json.dumps({"version": behaviour["version"], "environment": dict(os.environ)}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass

class Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

server = Server((os.environ.get("HOST", "0.0.0.0"), int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("started " + behaviour["version"], flush=True)
server.serve_forever()
server.server_close()
`;
}

/** A Python service whose only requirement is a wheel beside it, so that no network is needed. */
export async function writeWheelService(folder: string): Promise<void> {
  const metadata = join(folder, "wheel", "greeting-1.0.dist-info");
  await mkdir(metadata, { recursive: true });
  await writeFile(join(metadata, "METADATA"), "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n");
  await writeFile(
    join(metadata, "WHEEL"),
    "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
  );
  await writeFile(join(metadata, "RECORD"), "");
  await writeFile(join(folder, "wheel", "greeting.py"), 'import os\ntext = os.environ["GREETING"] + " from a wheel"\n');
  const pack: Command["args"] = [
    "python3",
    "-m",
    "zipfile",
    "-c",
    "../greeting-1.0-py3-none-any.whl",
    "greeting.py",
    "greeting-1.0.dist-info",
  ];
  await new LocalHost().run({ args: pack, cwd: join(folder, "wheel") });
  await writeFile(join(folder, "requirements.txt"), "./greeting-1.0-py3-none-any.whl\n");
  await writeFile(join(folder, "Procfile"), "web: python app.py\n");
  await writeFile(join(folder, "app.py"), PYTHON_APP);
}

const PYTHON_APP = `
import json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import greeting

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"greeting": greeting.text, "inVenv": sys.prefix != sys.base_prefix}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`;
