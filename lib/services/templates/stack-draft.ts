import { hash } from "node:crypto";
import { HealthCheck } from "@/lib/contracts/health-check";
import { STACK_DRIVER } from "@/lib/contracts/stack-state";
import { fillPattern } from "@/lib/contracts/template";
import type { Actor } from "@/lib/contracts/user";
import type { Prisma, Tx } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import { replaceEnvironmentIn } from "@/lib/services/environment-commands";
import { readEnvironment } from "@/lib/services/environment-store";
import { healthPathOf, type ServiceDraft } from "@/lib/services/service-row";
import { updateService } from "@/lib/services/service-store";
import { holdTemplate, type TemplateRow } from "./template-store";

/** What a stack copies from its template: everything when it is created, and most of it again at every deployment. */

/** A new stack. Its domain and volumes are decided once, the rest at every deployment. */
export function stackDraft(template: TemplateRow, name: string): ServiceDraft {
  return {
    driver: STACK_DRIVER,
    ...presentDraft(template, template),
    domain: `${name}.${template.domainSuffix}`,
    volumes: template.volumes.map((volume) => ({ ...volume, name: fillPattern(volume.name, name) })),
    dropletId: null,
    autoRegister: false,
  };
}

/** What a stack copies from the current template. Its address stays, and so does its use of HTTPS. */
function presentDraft({ image, port, healthPath, limits, healthCommand }: TemplateRow, { https }: { https: boolean }) {
  const { memoryMb, cpus } = limits;
  return {
    source: { kind: "image", image },
    port,
    ...healthPathOf(healthPath),
    health: HealthCheck.parse({
      portTimeoutMs: env.HEALTH_TIMEOUT_MS,
      intervalMs: env.HEALTH_INTERVAL_MS,
      stabilityMs: env.STACK_STABILITY_MS,
    }),
    settings: {
      https,
      ...(memoryMb !== null && { memoryMb }),
      ...(cpus !== null && { cpus }),
      ...(healthCommand !== null && { healthCommand }),
    },
  } satisfies Partial<ServiceDraft>;
}

interface Refreshable {
  id: string;
  name: string;
  templateId: string | null;
  settings: Prisma.JsonValue;
}

/**
 * A redeployed stack gets its template's current image, port, health path, limits and environment. A service without a
 * template stays unchanged. The caller's transaction has locked the service's row. Returns the current row.
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

/** The longest name of a volume. */
const LONGEST = 63;

/**
 * The same draft with Landfall's prefix and the owner in its volume names: no name that a person chooses leads to a
 * volume of the server, or of another person's stack. Data of an earlier stack of this name and owner keeps its name.
 */
export async function ownVolumes<Draft extends Pick<ServiceDraft, "volumes">>(
  tx: Tx,
  draft: Draft,
  { name, ownerId }: { name: string; ownerId: string },
): Promise<Draft> {
  const kept = await tx.resource.findMany({
    where: { kind: "volume", removedAt: null, service: { name, ownerId, deletedAt: { not: null } } },
    select: { externalId: true },
  });
  const isKept = (volume: string) => kept.some(({ externalId }) => externalId === volume);
  const volumes = draft.volumes.map((volume) => {
    return { ...volume, name: isKept(volume.name) ? volume.name : ownName(volume.name, ownerId) };
  });
  return { ...draft, volumes };
}

/** The end of an owner's id distinguishes owners, because its beginning is a time. */
function ownName(volume: string, ownerId: string): string {
  const whole = `landfall-${ownerId.slice(-8)}-${volume}`;
  if (whole.length <= LONGEST) return whole;
  const digest = hash("sha256", whole).slice(0, 8);
  return `${whole.slice(0, LONGEST - digest.length - 1)}-${digest}`;
}
