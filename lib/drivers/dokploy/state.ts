import type { RuntimeState } from "@/lib/contracts/service";
import type { DokployPlace, ServicePlace } from "../driver";
import { findApplicationId } from "./ours";
import { runtimeOf } from "./survey";

/** What the swarm says, and not what the server noted down about it. Never throws. */
export async function stackState(place: ServicePlace<DokployPlace>): Promise<RuntimeState> {
  const base = { releaseId: null, since: null, restarts: 0, exitCode: null };
  try {
    return { ...base, ...(await look(place)) };
  } catch {
    // A server that does not answer, or a key that may not ask: neither says anything of the stack.
    return { ...base, state: "unknown" };
  }
}

async function look(place: ServicePlace<DokployPlace>): Promise<Pick<RuntimeState, "state"> & Partial<RuntimeState>> {
  const { dokploy } = place;
  const applicationId = await findApplicationId(place);
  const application = applicationId === null ? null : await dokploy.findApplication(applicationId);
  if (!application) return { state: "absent" };
  return runtimeOf(await dokploy.listTasks(application.appName)) ?? { state: "unknown" };
}
