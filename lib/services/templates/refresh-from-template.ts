import type { Actor } from "@/lib/contracts/user";
import type { Prisma, Tx } from "@/lib/platform/db/client";
import { replaceEnvironmentIn } from "@/lib/services/environment-commands";
import { readEnvironment } from "@/lib/services/environment-store";
import { updateService } from "@/lib/services/service-store";
import { holdTemplate } from "@/lib/services/templates/template-store";
import { presentDraft } from "./stack-draft";

interface Refreshable {
  id: string;
  name: string;
  templateId: string | null;
  settings: Prisma.JsonValue;
}

/**
 * A stack that is deployed again takes its template's present image, port, health path, limits and environment; a service
 * of its own stays as it is. The caller's transaction holds the service's row. Answers the row as it is now.
 */
export async function refreshFromTemplate<Service extends Refreshable>(
  tx: Tx,
  service: Service,
  actor: Actor,
): Promise<Service> {
  const template = service.templateId === null ? null : await holdTemplate(tx, { id: service.templateId });
  if (!template) return service;
  const present = presentDraft(template, { https: isHttps(service.settings) });
  await updateService(tx, service.id, present);
  await replaceEnvironmentIn(tx, service, template.environment, actor);
  const environmentRevisionId = (await readEnvironment(tx, service.id))?.id ?? null;
  return { ...service, ...present, environmentRevisionId };
}

export function isHttps(settings: unknown): boolean {
  return typeof settings === "object" && settings !== null && Reflect.get(settings, "https") === true;
}
