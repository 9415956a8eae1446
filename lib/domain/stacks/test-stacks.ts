import { NewTemplate } from "@/lib/contracts/template";
import { SYSTEM } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { ensureDeploymentQueue, queue } from "@/lib/platform/queue/boss";
import { ANY_WORKER } from "@/lib/platform/queue/queues";
import { Secret } from "@/lib/platform/secrets/secret";
import { createTemplate } from "@/lib/services/templates/template-commands";
import { DokployTargetSettings, toDokployColumns } from "@/lib/targets/dokploy/kind";

/* Rows for tests of stacks. Members may deploy to the target, which answers only if the test starts a server. */

export async function aDokployTarget(
  name = "dokploy",
  { apiKey = "key-of-a-test", ...settings }: Partial<DokployTargetSettings> & { apiKey?: string } = {},
) {
  await ensureDeploymentQueue(await queue(), ANY_WORKER);
  const whole = DokployTargetSettings.parse({ url: "http://127.0.0.1:1", ...settings });
  const id = crypto.randomUUID();
  const columns = toDokployColumns(id, { settings: whole, secrets: { apiKey: new Secret(apiKey) } });
  return db.target.create({ data: { id, name, kind: "dokploy", grants: { audience: "everyone" }, ...columns } });
}

export function aTemplate(change: Partial<NewTemplate> = {}) {
  const standard = {
    name: "workspace",
    image: "ghcr.io/acme/workspace:1.4",
    port: 8080,
    domainSuffix: "apps.example.com",
  };
  const volumes = [{ name: "portal-ai-workspace-{name}", path: "/workspace" }];
  return createTemplate(NewTemplate.parse({ ...standard, volumes, ...change }), SYSTEM);
}

/** Changes the rows of a stack as its removal does, with or without its stored data. */
export async function removedStack(name: string, { isKept }: { isKept: boolean }) {
  const service = await db.service.findFirstOrThrow({ where: { name, deletedAt: null } });
  const { id: serviceId, targetId, volumes } = service;
  for (const { name: externalId } of volumes as { name: string }[])
    await db.resource.upsert({
      where: { targetId_kind_externalId: { targetId, kind: "volume", externalId } },
      create: { targetId, serviceId, kind: "volume", externalId, name: externalId },
      update: { serviceId, removedAt: isKept ? null : new Date() },
    });
  if (!isKept) await db.resource.updateMany({ where: { serviceId }, data: { removedAt: new Date() } });
  await db.deployment.updateMany({ where: { serviceId, state: "queued" }, data: { state: "cancelled" } });
  await db.service.update({ where: { id: serviceId }, data: { deletedAt: new Date(), currentReleaseId: null } });
}
