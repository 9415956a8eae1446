import { join } from "node:path";
import type { HostPlace } from "../driver";
import { STATE_FILE, type SupervisorState } from "./supervisor/protocol";

/** What must run, read from its file: for when no supervisor is there to be asked. */
export async function readSupervisorState({ host, base }: HostPlace): Promise<SupervisorState> {
  const file = join(base, STATE_FILE);
  if ((await host.stat(file)) === null) return { services: [] };
  return JSON.parse((await host.readFile(file)).toString("utf8")) as SupervisorState;
}

export async function isListed(place: HostPlace, serviceName: string): Promise<boolean> {
  return (await readSupervisorState(place)).services.some(({ name }) => name === serviceName);
}
