import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface ReleaseSource {
  version: string;
  /** The folder of the gates (gates.ts): it waits at `port-<version>` and `health-<version>` while they are shut. */
  gates: string;
  healthStatus?: number;
  /** Ignores TERM, like programs without a handler of their own under a shell. */
  stubborn?: boolean;
  /** Takes a while to read, to hash and to copy. */
  large?: boolean;
}

/** Only Node: it answers with its version and with the value of GREETING in its environment. */
const PROGRAM = `
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const { version, healthStatus = 200, stubborn, gates } = JSON.parse(readFileSync("release.json", "utf8"));
const greeting = process.env.GREETING ? " " + process.env.GREETING : "";
const passes = async (gate) => {
  while (existsSync(gates + "/" + gate + "-" + version)) await sleep(20);
};
const server = createServer(async (request, response) => {
  if (request.url === "/health") await passes("health");
  response.writeHead(request.url === "/health" ? healthStatus : 200).end(version + greeting);
});
await passes("port");
server.listen(process.env.PORT, () => console.log("version " + version + " listens"));
process.on("SIGTERM", () => stubborn || server.close(() => process.exit(0)));
`;

/** Sparse on the disk, but every byte of them is read. */
const LARGE_FILES = 40;
const LARGE_FILE_BYTES = 8 * 1024 * 1024;

/** Writes the source of a folder's next deployment. */
export async function writeSource(folder: string, { large, ...release }: ReleaseSource): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ scripts: { start: "node server.mjs" } }));
  await writeFile(join(folder, "server.mjs"), PROGRAM);
  await writeFile(join(folder, "release.json"), JSON.stringify(release));
  for (let part = 1; large && part <= LARGE_FILES; part += 1) {
    const file = join(folder, `film-${part}`);
    await writeFile(file, "");
    await truncate(file, LARGE_FILE_BYTES);
  }
}
