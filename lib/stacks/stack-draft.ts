import { HealthCheck } from "@/lib/contracts/health-check";
import { fillPattern } from "@/lib/contracts/template";
import { env } from "@/lib/env";
import type { ServiceDraft } from "@/lib/services/service-row";
import type { TemplateRow } from "@/lib/templates/template-row";

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
export function presentDraft({ image, port, healthPath, limits }: TemplateRow, { https }: { https: boolean }) {
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
    settings: { https, ...(memoryMb !== null && { memoryMb }), ...(cpus !== null && { cpus }) },
  } satisfies Partial<ServiceDraft>;
}
