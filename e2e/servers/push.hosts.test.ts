/* A push to a Git server on a test host deploys with every driver of a host, and comes back by its commits. */
import { afterAll, expect, test } from "vitest";
import type { DriverKind } from "@/lib/contracts/service";
import { NewService } from "@/lib/contracts/service";
import { changeHook, readHook } from "@/lib/domain/hooks/hook-commands";
import { receiveDelivery } from "@/lib/domain/hooks/receive-delivery";
import { fromGitHub, ORIGIN } from "@/lib/domain/hooks/test-hooks";
import { findSupervisor } from "@/lib/drivers/process/supervisor-client";
import { previewRollback } from "@/lib/engine/releases/preview-rollback";
import { listReleases } from "@/lib/engine/releases/release-store";
import { requestRemoval, requestRollback } from "@/lib/engine/request-deployment";
import { aLocalTarget } from "@/lib/engine/test-service";
import { freePort } from "@/lib/hosts/free-port";
import { createService } from "@/lib/services/create-service";
import { changeGitToken, confirmGitHostKey, createDeployKey, showGitHostKey } from "@/lib/services/git-access-commands";
import { hostPlaceOf } from "@/lib/targets/test-host";
import { AskedDeployment } from "../crash/deployment";
import { Forge } from "./forge";
import { PROGRAM } from "./program";
import { Server } from "./server";

const server = await Server.make();
const local = await aLocalTarget();
await server.aWorker();
const forge = await Forge.make(server.host, server.dataDir);
afterAll(async () => (await findSupervisor(await hostPlaceOf(local)))?.shutDown());

const QUICK = { portTimeoutMs: 60_000, intervalMs: 100, goodIntervalMs: 20, stabilityMs: 300, drainMs: 500 };
const filesOf = (version: string) => ({
  "service.py": PROGRAM,
  "release.json": JSON.stringify({ version }),
  Procfile: "web: python3 service.py\n",
  Dockerfile: 'FROM landfall-test/python\nWORKDIR /app\nCOPY . .\nCMD ["python3", "service.py"]\n',
});

/** From the API's own commands: a service, its deploy key in the repository's settings, the server's key, and its hook. */
async function fromForge(driver: DriverKind, at: { target: string; port: number; address: string }) {
  const name = `pushed-${driver}`;
  const { target, port } = at;
  const source = { kind: "git", url: forge.url, ref: "main" };
  const { owner } = server;
  const { id } = await createService(NewService.parse({ name, driver, source, target, port, health: QUICK }), owner);
  await forge.allow((await createDeployKey(name, owner)).publicKey ?? "");
  const shown = await showGitHostKey(name, owner);
  expect(shown.line).toBe(server.host.hostKeys.ed25519.line);
  await confirmGitHostKey(name, shown.line, owner);
  await changeGitToken(name, forge.api, owner);
  await changeHook(name, { statuses: "gitea" }, owner, ORIGIN);
  const { secret } = await readHook(name, owner, ORIGIN);
  return { id, name, secret: secret ?? "", url: `http://${at.address}:${port}/` };
}

test("a push over SSH deploys with each driver, tells the server, and comes back by two commits", async () => {
  const { owner, host, target } = server;
  const services = [
    await fromForge("process", { target: local.name, port: await freePort(), address: "127.0.0.1" }),
    await fromForge("docker", { target, port: 8_101, address: host.address }),
    await fromForge("systemd", { target, port: 8_102, address: host.address }),
  ];
  const answers = () => Promise.all(services.map(async ({ url }) => (await fetch(url)).text()));
  const commits: string[] = [];
  for (const version of ["1", "2", "3"]) {
    const message = `Version ${version}`;
    const commit = await forge.push(message, filesOf(version));
    const before = commits.at(-1) ?? "0".repeat(40);
    commits.push(commit);
    await Promise.all(
      services.map(async ({ id, secret, name }) => {
        const delivered = fromGitHub(secret, { id: `${name} ${version}`, commit, before, message });
        const receipt = (await receiveDelivery(id, delivered, async () => {}))?.receipt;
        expect(receipt).toMatchObject({ verdict: "deployed", params: { number: Number(version) } });
        const view = await new AskedDeployment(receipt?.deployment?.id ?? "", owner).ends();
        expect(view).toMatchObject({ state: "succeeded", problem: null, commit: { id: commit, message } });
      }),
    );
    expect(await answers()).toEqual(services.map(() => version));
    const told = services.map(({ name }) => `landfall/${name} success`);
    await expect.poll(() => forge.statusesOf(commit)).toEqual(expect.arrayContaining(told));
  }

  await Promise.all(
    services.map(async ({ id, name }) => {
      const releaseId = (await listReleases(id)).find((release) => release.commit?.id === commits[0])?.id ?? "";
      const { commits: between } = await previewRollback(name, owner, releaseId);
      expect(between?.removed?.map((commit) => commit.id)).toEqual([commits[2], commits[1]]);
      const back = await requestRollback({ serviceName: name, releaseId }, owner);
      const view = await new AskedDeployment(back.id, owner).ends();
      expect(view).toMatchObject({ state: "succeeded", kind: "rollback", commit: { id: commits[0] } });
    }),
  );
  expect(await answers()).toEqual(services.map(() => "1"));
  for (const { name } of services) await new AskedDeployment((await requestRemoval(name, owner)).id, owner).ends();
});
