import { Problem, type ProblemData } from "@/lib/contracts/problem";
import type { TargetCheck } from "@/lib/contracts/target";
import type { HostPlace } from "@/lib/drivers/driver";
import { log } from "@/lib/platform/log";
import { failedCheck } from "./failed-check";
import { probeHost } from "./probe-host";

/** What a look at a host sees; a host that does not answer is a result, not an error. */
export async function lookAtHost(open: () => Promise<HostPlace>): Promise<TargetCheck> {
  let place: HostPlace | undefined;
  try {
    place = await open();
    return await probeHost(place);
  } catch (error) {
    return failedCheck(causeOf(error));
  } finally {
    await place?.host.close();
  }
}

function causeOf(error: unknown): ProblemData {
  if (error instanceof Problem) return error.toData();
  log.warn({ err: error }, "a host could not be looked at");
  return { code: "internal", params: {}, detail: error instanceof Error ? error.message : String(error) };
}
