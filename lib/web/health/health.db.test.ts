import { afterEach, expect, test } from "vitest";
import { announceProcess } from "@/lib/platform/announce-process";
import { db } from "@/lib/platform/db/client";
import { look } from "./monitor";

afterEach(async () => {
  await db.process.deleteMany();
});

test("workers are counted while they say that they live", async () => {
  expect((await look()).checks.workers.status).toBe("failed");
  const worker = await announceProcess("worker");
  const web = await announceProcess("web");
  const { checks } = await look();
  expect(checks.workers).toMatchObject({ status: "ok", details: { alive: [{ pid: process.pid }] } });
  await db.process.update({ where: { id: worker.id }, data: { seenAt: new Date(Date.now() - 16_000) } });
  expect((await look()).checks.workers.status).toBe("failed");
  await worker.stop();
  await web.stop();
  expect(await db.process.count()).toBe(0);
});

test("a target that did not answer degrades", async () => {
  await db.target.create({ data: { name: "far", kind: "ssh", lastCheck: { ok: false } } });
  const { checks, ssh } = await look();
  expect(checks.targets).toMatchObject({ status: "warning", details: { unreachable: ["far"] } });
  expect(ssh).toBe("disconnected");
  await db.target.updateMany({ where: { name: "far" }, data: { disabledAt: new Date() } });
  expect((await look()).checks.targets.status).toBe("ok");
});

test("a server is connected while somebody looks at it, and what was seen long ago says nothing", async () => {
  const { id } = await db.target.create({
    data: { name: "near", kind: "ssh", lastCheck: { ok: true }, lastCheckAt: new Date() },
  });
  expect((await look()).ssh).toBe("connected");
  await db.target.update({ where: { id }, data: { lastCheckAt: new Date(Date.now() - 20 * 60_000) } });
  const { checks, ssh } = await look();
  expect(ssh).toBe("disconnected");
  expect(checks.targets).toMatchObject({ status: "warning", details: { unreachable: [], stale: ["near"] } });
  await db.target.update({ where: { id }, data: { deletedAt: new Date() } });
  expect((await look()).ssh).toBe("not_configured");
});

test("the worst circuit of all Dokploy servers is told; nothing configured is well", async () => {
  const dokploy = async () => (await look()).checks.dokploy;
  expect(await dokploy()).toMatchObject({ status: "ok", circuit: "closed" });
  const well = { kind: "dokploy", lastCheck: { ok: true }, lastCheckAt: new Date() };
  await db.target.createMany({ data: ["a", "b"].map((name) => ({ name, ...well })) });
  const openUntil = (name: string, ms: number) =>
    db.target.updateMany({ where: { name }, data: { circuitOpenUntil: new Date(Date.now() + ms) } });
  await openUntil("a", -1_000);
  expect(await dokploy()).toMatchObject({ status: "ok", circuit: "half-open" });
  await openUntil("b", 60_000);
  expect(await dokploy()).toMatchObject({ status: "warning", circuit: "open", details: { ill: ["b"] } });
  await db.target.updateMany({ where: { name: "a" }, data: { lastCheck: { ok: false } } });
  expect(await dokploy()).toMatchObject({ status: "failed", circuit: "open" });
});
