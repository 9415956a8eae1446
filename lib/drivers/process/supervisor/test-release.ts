import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReleaseSpec } from "./protocol";

/** Writes a release whose service is `handler`, the body of `(request, response) => …`; returns its specification. */
export async function testRelease(
  base: string,
  id: string,
  publicPort: number,
  handler: string,
  before = "",
): Promise<ReleaseSpec> {
  const directory = join(base, "fixtures", id);
  await mkdir(directory, { recursive: true });
  const source = `
    const http = require("node:http");
    ${before}
    const server = http.createServer((request, response) => { ${handler} });
    server.on("upgrade", (request, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n");
      socket.pipe(socket);
    });
    server.listen(process.env.PORT, "127.0.0.1", () => console.log("listening"));
    process.on("SIGTERM", () => process.exit(0));`;
  await writeFile(join(directory, "service.cjs"), source);
  const environmentFile = join(directory, "environment.json");
  await writeFile(environmentFile, JSON.stringify({ PATH: "/usr/bin:/bin" }), { mode: 0o600 });
  const command = `exec ${process.execPath} service.cjs`;
  return { directory, command, environmentFile, publicPort, bindAddress: null, memoryMb: null, cpus: null };
}
