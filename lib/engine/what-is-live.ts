import type { DriverKind, RuntimeState } from "@/lib/contracts/service";
import type { Place } from "@/lib/drivers/driver";
import { driverOf } from "@/lib/drivers/registry";
import { log } from "@/lib/platform/log";
import { closePlace, placeOf } from "@/lib/targets/place";
import type { ClaimedDeployment } from "./claim-deployment";
import type { Journal } from "./journal";

/** A target that does not answer must not hold up the end of a deployment. */
const ASK_MS = 5_000;

/** The last line of a deployment that did not succeed: which release is live now, as its target says, or that none is. */
export async function sayWhatIsLive(deployment: ClaimedDeployment, journal: Journal): Promise<void> {
  const current = deployment.service.currentRelease;
  if (!current) {
    journal.log(null, "i", "No release is live.");
    return;
  }
  const state = await stateOf(deployment, current.driver as DriverKind);
  journal.log(
    null,
    "i",
    lineOf({ number: current.number, isIt: state?.releaseId === current.id, state: state?.state }),
  );
}

function lineOf({ number, isIt, state }: { number: number; isIt: boolean; state?: RuntimeState["state"] }): string {
  const release = `Release ${number}`;
  if (state === undefined || state === "unknown")
    return `${release} is the current one; the target does not say whether it is running.`;
  if (isIt && state === "running") return `${release} is live.`;
  return isIt
    ? `${release} is the current one, but it is ${state}.`
    : `${release} is the current one, but it is not running.`;
}

async function stateOf({ target, service }: ClaimedDeployment, kind: DriverKind): Promise<RuntimeState | undefined> {
  let place: Place | undefined;
  try {
    place = await placeOf(target);
    const asked = driverOf(kind).state({ ...place, serviceName: service.name });
    return await Promise.race([asked, after(ASK_MS)]);
  } catch (error) {
    log.warn({ err: error, deploymentTarget: target.name }, "what is live on the target could not be read");
    return undefined;
  } finally {
    if (place) await closePlace(place);
  }
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}
