import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { selfSigned } from "@/e2e/dokploy/certificate";
import { aPerson, aService } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { published, subscribe } from "@/lib/platform/outbox/test-outbox";
import { queue } from "@/lib/platform/queue/boss";
import { watchCertificates } from "./watch-certificates";

subscribe("certificates", ["certificate.ending"]);
afterAll(async () => void (await (await queue()).stop({ graceful: false })));

const HOUR = 1 / 24;

/** A proxy that has a certificate for each of these names, valid for so many days, and otherwise one of another name. */
async function anEdge(names: Record<string, number>): Promise<{ server: Server; port: number }> {
  const server = createServer(selfSigned("other.example.com", HOUR));
  for (const [name, days] of Object.entries(names)) server.addContext(name, selfSigned(name, days));
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

test("a certificate that nothing has renewed shortly before its end is published once", async () => {
  const owner = await aPerson();
  for (const [name, domain] of [
    ["ending", "ending.example.com"],
    ["fresh", "fresh.example.com"],
    ["elsewhere", "elsewhere.example.com"],
    ["without", null],
  ] as const) {
    const { id } = await aService(owner, { name });
    const { targetId } = await db.service.findUniqueOrThrow({ where: { id } });
    const release = { serviceId: id, targetId, deploymentId: randomUUID(), number: 1, driver: "process" };
    const { id: currentReleaseId } = await db.release.create({ data: { ...release, spec: { domain }, artifact: {} } });
    await db.service.update({ where: { id }, data: { currentReleaseId } });
  }
  const first = await anEdge({ "ending.example.com": HOUR, "fresh.example.com": 30 });
  const look = (port: number) => watchCertificates(new AbortController().signal, { port });
  await look(first.port);
  await look(first.port);
  const ending = await db.service.findFirstOrThrow({ where: { name: "ending" } });
  const event = { type: "certificate.ending", serviceId: ending.id, domain: "ending.example.com" } as const;
  expect(await published("certificates")).toMatchObject([event]);
  first.server.close();

  // A renewed certificate that ends as well is another one.
  const second = await anEdge({ "ending.example.com": HOUR });
  await look(second.port);
  const [, again] = await published("certificates");
  expect(again).toMatchObject(event);
  second.server.close();
});

test("a host without a proxy, or with one that hangs up, says nothing", async () => {
  const before = (await published("certificates")).length;
  const { server, port } = await anEdge({});
  server.close();
  await watchCertificates(new AbortController().signal, { port });
  expect(await published("certificates")).toHaveLength(before);
});
