import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { randomBytes } from "node:crypto";
import { test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import { serverFor } from "../ssh/server-pool";
import { openSshHost } from "../ssh/ssh-host";
const server = await takeHost();
const say = (t: string) => appendFileSync("/tmp/tb/measure.txt", `${t}\n`);
const T = async <X>(n: string, f: () => Promise<X>) => { const c=process.cpuUsage(); const t = performance.now(); const r = await f(); const u=process.cpuUsage(c); say(`${n} wall ${(performance.now() - t).toFixed(0)} user ${(u.user/1000).toFixed(0)} sys ${(u.system/1000).toFixed(0)}`); return r; };
test("measure", { timeout: 600_000 }, async () => {
  const key = server.keys.ed25519.file;
  const settings = { host: server.address, port: 22, user: "root", hostKey: server.hostKeys.ed25519.line, key: { privateKey: readFileSync(key, "utf8") } };
  const host = openSshHost(settings);
  const { files } = serverFor(settings);
  await host.run({ args: ["true"] }); await host.stat("/");
  const data = randomBytes(20_000_000);
  const chunks = async function* () { for (let i = 0; i < data.length; i += 262144) yield data.subarray(i, i + 262144); };
  for (let k = 0; k < 5; k++) {
    const s = new Session(); s.connect();
    if (k === 3) { await s.post("Profiler.enable"); await s.post("Profiler.setSamplingInterval", { interval: 200 }); await s.post("Profiler.start"); }
    await T(`raw upload`, () => files.upload(`/srv/raw-${k}`, 0, chunks()));
    if (k === 3) writeFileSync("/tmp/tb/up.cpuprofile", JSON.stringify((await s.post("Profiler.stop")).profile));
  }
  await host.close();
});
