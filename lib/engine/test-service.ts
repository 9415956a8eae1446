import { hostname } from "node:os";
import { HealthCheck } from "@/lib/contracts/health-check";
import type { Actor } from "@/lib/contracts/user";
import { db } from "@/lib/platform/db/client";
import { ensureDeploymentQueue, queue } from "@/lib/platform/queue/boss";
import { ensureLocalTarget } from "@/lib/targets/ensure-targets";
import { deploymentQueue } from "@/lib/targets/registry";
import { EVERYTHING, grantMembers } from "@/lib/targets/test-grants";

/** Common rows for tests of the engine. Each test file has its own database. */

export async function aPerson(role: Actor["role"] = "admin", name: string = role): Promise<Actor & { id: string }> {
  const user = await db.user.create({ data: { email: `${name}-${crypto.randomUUID()}@example.com`, name, role } });
  return { id: user.id, name, role };
}

/** A target that members may deploy to. */
export async function aLocalTarget() {
  const target = await ensureLocalTarget();
  await grantMembers(EVERYTHING, target.name);
  await ensureDeploymentQueue(await queue(), deploymentQueue(target));
  return target;
}

let port = 20_000 + (process.pid % 1_000) * 10;

/** A service that was never deployed. The caller chooses its folder. */
export async function aService(
  owner: Actor & { id: string },
  fields: { name: string; path?: string; settings?: object },
) {
  const target = await aLocalTarget();
  port += 1;
  return db.service.create({
    data: {
      name: fields.name,
      ownerId: owner.id,
      targetId: target.id,
      driver: "process",
      source: { kind: "folder", path: fields.path ?? `/srv/${hostname()}` },
      settings: fields.settings ?? {},
      port,
      health: HealthCheck.parse({}),
      autoRegister: false,
    },
  });
}
