import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Actor } from "@/lib/contracts/user";
import { getDeployment } from "@/lib/engine/deployment-store";
import { requestDeployment } from "@/lib/engine/request-deployment";
import { runDeployment } from "@/lib/engine/run-deployment";
import { aService } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { changeEnvironment } from "@/lib/services/environment-commands";

/**
 * Answers "ok" and its secret in hexadecimal digits, which it also logs. Once its working directory contains a file
 * `end`, it logs the secret and exits with code 7.
 */
const SERVER = `
  import { existsSync } from "node:fs";
  import { createServer } from "node:http";
  const look = () => {
    if (!existsSync("end")) return;
    console.log("it ends, and its secret is", process.env.SECRET);
    process.exit(7);
  };
  setInterval(look, 20);
  const inHex = Buffer.from(process.env.SECRET).toString("hex");
  createServer((_, response) => response.end("ok, " + inHex)).listen(process.env.PORT, () => {
    console.log("listening as", process.env.MODE, "with", inHex);
    look();
  });`;

const QUICK = { portTimeoutMs: 5_000, intervalMs: 50, goodIntervalMs: 20, stabilityMs: 50, drainMs: 200 };

export const SECRET = "s3cret-of-the-service";

/** A service that was deployed to this machine through the public commands. */
export async function aDeployedService(
  owner: Actor & { id: string },
  root: string,
  fields: { name: string; autoRegister?: boolean },
) {
  const { name, autoRegister = false } = fields;
  const path = join(root, name);
  await mkdir(path);
  await chmod(path, 0o755);
  await writeFile(join(path, "server.mjs"), SERVER);
  const service = await aService(owner, { name, path, settings: { start: "node server.mjs", install: "none" } });
  await db.service.update({ where: { id: service.id }, data: { health: QUICK, autoRegister } });
  await changeEnvironment(name, { set: { SECRET, MODE: "production" }, unset: [] }, owner);
  const { id } = await requestDeployment({ service: name }, owner);
  await runDeployment(service.id, { workerId: "test", handOver: new AbortController().signal, onStart: () => {} });
  const deployment = await getDeployment(id);
  if (deployment.state !== "succeeded") throw new Error(`it did not deploy: ${JSON.stringify(deployment.problem)}`);
  const answers = () =>
    fetch(`http://127.0.0.1:${service.port}/`).then(
      (response) => response.ok,
      () => false,
    );
  return { id: service.id, name, port: service.port, releaseId: deployment.releaseId ?? "", answers };
}
