import { hash } from "node:crypto";
import { HealthCheck } from "@/lib/contracts/health-check";
import { fillPattern } from "@/lib/contracts/template";
import type { Tx } from "@/lib/platform/db/client";
import { env } from "@/lib/platform/env";
import type { ServiceDraft } from "@/lib/services/service-row";
import type { TemplateRow } from "@/lib/services/templates/template-store";

/** A service as its template has it: where it answers and what it keeps is decided once, the rest at every deployment. */
export function stackDraft(template: TemplateRow, name: string): ServiceDraft {
  return {
    driver: "dokploy",
    ...presentDraft(template, template),
    domain: `${name}.${template.domainSuffix}`,
    volumes: template.volumes.map((volume) => ({ ...volume, name: fillPattern(volume.name, name) })),
    dropletId: null,
    autoRegister: false,
  };
}

/** What a stack takes from its template as that is now. Its address stays, so whether that is HTTPS stays too. */
export function presentDraft(
  { image, port, healthPath, limits, healthCommand }: TemplateRow,
  { https }: { https: boolean },
) {
  const { memoryMb, cpus } = limits;
  return {
    source: { kind: "image", image },
    port,
    healthPath,
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

/** As long as a volume's name may be. */
const LONGEST = 63;

/**
 * The same with volumes that carry Landfall's prefix and their owner: no name that a person chooses leads to a volume of the
 * server's own, or of another's stack. Data that an earlier stack of this name and owner left is taken up as it is called.
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

/** The end of an owner's id tells owners apart, as its beginning is a time. */
function ownName(volume: string, ownerId: string): string {
  const whole = `landfall-${ownerId.slice(-8)}-${volume}`;
  if (whole.length <= LONGEST) return whole;
  const digest = hash("sha256", whole).slice(0, 8);
  return `${whole.slice(0, LONGEST - digest.length - 1)}-${digest}`;
}
