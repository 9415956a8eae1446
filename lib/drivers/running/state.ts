import type { RuntimeState } from "@/lib/contracts/service";
import type { ServicePlace } from "../driver";
import { leadsTo } from "./public-way";
import type { ReleaseLook, ReleaseRunner } from "./runner";
import { readServing } from "./serving";

/** What the host says of the release that has the public way; a way that is closed is as down as a release that is. */
export async function runtimeState(runner: ReleaseRunner, place: ServicePlace): Promise<RuntimeState> {
  const serving = await readServing(place);
  if (!serving) return { state: "absent", releaseId: null, since: null, restarts: 0, exitCode: null };
  const { releaseId } = serving;
  const look = await runner.look(place, releaseId);
  const { restarts = 0, since = null } = look ?? {};
  const seen = look ? stateOf(look) : "down";
  const state = seen === "running" && !(await leadsTo(place, serving, serving)) ? "down" : seen;
  return { state, releaseId, since, restarts, exitCode: look?.exited?.exitCode ?? null };
}

/** Of the release by itself. */
export function stateOf({ running, exited }: ReleaseLook): "running" | "restarting" | "down" {
  if (running) return "running";
  return exited ? "down" : "restarting";
}

/** Does it run, or should it? One that is being retired does only until it heeds TERM. */
export async function isInUse(runner: ReleaseRunner, place: ServicePlace, releaseId: string): Promise<boolean> {
  if ((await readServing(place))?.releaseId === releaseId) return true;
  const look = await runner.look(place, releaseId);
  return look?.running === true && look.isKept !== false;
}
