import type { DeploymentSummary } from "@/lib/contracts/deployment";
import { isPlatformDriver } from "@/lib/contracts/target-kind";

/** The page of what is deployed: people who have a stack need not know that it is a service. */
export function serviceHref({ service, driver }: Pick<DeploymentSummary, "service" | "driver">): string {
  return `/${isPlatformDriver(driver) ? "stacks" : "services"}/${encodeURIComponent(service.name)}`;
}
