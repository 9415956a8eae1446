import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";

/** A Python service whose one requirement is a wheel that lies beside it, so that no network is needed. */
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
