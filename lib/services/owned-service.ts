import { authorize } from "@/lib/contracts/authorize";
import type { Action } from "@/lib/contracts/permission";
import { Problem } from "@/lib/contracts/problem";
import type { ServiceDetail } from "@/lib/contracts/service";
import type { Actor } from "@/lib/contracts/user";
import { type EnvironmentListing, listEnvironment } from "./environment-store";
import { findServiceByAnyName, findServiceDetail, findServiceRow, type ServiceRow } from "./service-store";

/** Readers that check the caller. They throw not-found or forbidden as authorize() does. */

export async function ownedService(name: string, actor: Actor, action: Action): Promise<ServiceRow> {
  return authorize(actor, action, await findServiceRow(name));
}

export async function ownedServiceDetail(name: string, actor: Actor): Promise<ServiceDetail> {
  const { id } = await ownedService(name, actor, "service:read");
  const detail = await findServiceDetail(id);
  if (!detail) throw new Problem("not-found");
  return detail;
}

export async function ownedEnvironment(name: string, actor: Actor): Promise<EnvironmentListing> {
  const { id } = await ownedService(name, actor, "environment:read");
  return listEnvironment(id);
}

/** Includes removed services, whose history is kept. */
export async function ownedHistory(name: string, actor: Actor): Promise<{ id: string; name: string; ownerId: string }> {
  return authorize(actor, "deployment:read", await findServiceByAnyName(name));
}
