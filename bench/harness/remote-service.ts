import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finishDeployment } from "./finish-deployment";
import type { Installation } from "./installation";

export const FILES = 1_000;
export const BYTES_PER_FILE = 20_000;
const FILES_PER_FOLDER = 50;

/** Answers on every path with the content of the file `version`, and needs only Python. */
const SERVER = `import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

here = os.path.dirname(os.path.abspath(__file__))
version = open(os.path.join(here, "version")).read().encode()

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(version)))
        self.end_headers()
        self.wfile.write(version)
    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 128

Server(("", int(os.environ["PORT"])), Handler).serve_forever()
`;

const DOCKERFILE = `FROM landfall-test/python
WORKDIR /app
COPY . .
CMD ["python3", "service.py"]
`;

/** Text that compresses about as well as source code, and is unique to the folder. */
export async function writeLargeSource(folder: string, seed: string): Promise<void> {
  await writeSmallSource(folder, seed);
  for (let file = 0; file < FILES; file += 1) {
    const directory = join(folder, `part-${Math.floor(file / FILES_PER_FOLDER)}`);
    if (file % FILES_PER_FOLDER === 0) await mkdir(directory, { recursive: true });
    await writeFile(join(directory, `file-${file}.txt`), textOf(`${seed}-${file}`));
  }
}

export async function writeSmallSource(folder: string, version: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "service.py"), SERVER);
  await writeFile(join(folder, "Dockerfile"), DOCKERFILE);
  await writeFile(join(folder, "Procfile"), "web: python3 service.py\n");
  await writeFile(join(folder, "version"), version);
}

function textOf(seed: string): string {
  let text = "";
  let state = 0;
  for (const character of seed) state = (state * 31 + character.charCodeAt(0)) >>> 0;
  while (text.length < BYTES_PER_FILE) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += `const value_${state.toString(36)} = compute(${state >>> 16});\n`;
  }
  return text.slice(0, BYTES_PER_FILE);
}

export interface RemoteService {
  name: string;
  folder: string;
  port: number;
}

export async function addRemoteService(
  landfall: Installation,
  target: string,
  service: RemoteService,
  options: { driver: "docker" | "systemd"; health?: object },
): Promise<void> {
  const { name, folder: path, port } = service;
  const { driver, health = {} } = options;
  const source = { kind: "folder", path };
  await landfall.api.post("/api/services", { name, target, driver, source, port, health });
}

/** Milliseconds from before the POST is sent to the arrival of the success event at the client. */
export async function timeDeployment(landfall: Installation, name: string): Promise<number> {
  const sentMs = Date.now();
  const { finishedMs } = await finishDeployment(landfall.api, await landfall.api.deploy(name));
  return finishedMs - sentMs;
}

export async function timeRollback(landfall: Installation, name: string): Promise<number> {
  const sentMs = Date.now();
  const { finishedMs } = await finishDeployment(landfall.api, await landfall.api.rollBack(name));
  return finishedMs - sentMs;
}
