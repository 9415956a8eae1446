import type { TargetView } from "@/lib/contracts/target";
import { DokployBody } from "./dokploy-body";
import { HostBody } from "./host-body";

/** What is known of a target. `isWhole`: on its own page, which says the rest as well. */
export function TargetBody({ target, isWhole }: { target: TargetView; isWhole?: boolean }) {
  if (!target.dokploy) return <HostBody target={target} />;
  return <DokployBody target={target} dokploy={target.dokploy} hideProblem={isWhole} />;
}
