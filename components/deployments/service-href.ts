import type { DeploymentSummary } from "@/lib/contracts/deployment";
import { STACK_DRIVERS } from "@/lib/contracts/stack-state";

/** The page of what is deployed: people who have a stack need not know that it is a service. */
export function serviceHref({ service, driver }: Pick<DeploymentSummary, "service" | "driver">): string {
  return `/${STACK_DRIVERS.has(driver) ? "stacks" : "services"}/${encodeURIComponent(service.name)}`;
}
