/* Vitest's global setup of the project `hosts`: the servers for the whole run. */
import { step } from "../../scripts/screen.mjs";
import { bringUp, takeDown } from "./bring-up";
import { ensureDocker } from "./ensure-docker.mjs";
import { machineLock } from "./machine-lock";
import { isKept, makeStateFolder, settleKeeping } from "./state";
import { enter, isUsedByOthers } from "./users";

export default async function setup(): Promise<() => Promise<void>> {
  const docker = await ensureDocker();
  const leave = await alone(async () => {
    makeStateFolder();
    settleKeeping();
    await step("Test hosts", bringUp);
    return enter();
  });
  return async () => {
    // First, because a run that waits for our end has the lock.
    await leave();
    await alone(async () => {
      if (isKept() || isUsedByOthers()) return;
      await takeDown();
      await docker.stop();
    });
  };
}

/** Two concurrent runs must not both find that there are no hosts. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const release = await machineLock("fleet");
  try {
    return await work();
  } finally {
    await release();
  }
}
