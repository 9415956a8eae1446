import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ADDRESS_FILE, type SupervisorAddress } from "@/lib/drivers/process/supervisor/protocol";
import { isAlive } from "../is-alive";

const DEADLINE_MS = 30_000;

/** Stops the services of the `process` driver and their supervisor; the next start restarts the services that ran. */
export async function stopServices(dataDirectory: string): Promise<string> {
  const address = findSupervisor(join(dataDirectory, "services"));
  if (!address || !(await askToShutDown(address.socket))) return "none ran";
  const deadline = Date.now() + DEADLINE_MS;
  while (isAlive(address.pid)) {
    if (Date.now() > deadline)
      throw new Error(
        `The supervisor of the services (process ${address.pid}) did not end: look at what they do, then end it by hand.`,
      );
    await sleep(20);
  }
  return "stopped; they come back at the next start";
}

function findSupervisor(base: string): SupervisorAddress | undefined {
  try {
    return JSON.parse(readFileSync(join(base, ADDRESS_FILE), "utf8")) as SupervisorAddress;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** False when nothing listens on the socket any more. */
function askToShutDown(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = request({ socketPath, method: "POST", path: "/shutdown" }, (answer) => {
      answer.resume();
      answer.once("close", () => resolve(true));
    });
    call.once("error", () => resolve(false));
    call.end();
  });
}
