/* Each host is lent to one test file of this machine at a time, after a reset. */
import { setTimeout as sleep } from "node:timers/promises";
import { fleet } from "./fleet";
import { machineLock, tryLock } from "./machine-lock";
import { type TestHost, testHosts } from "./test-host";

const RETRY_MS = 100;

export interface Borrowed {
  hosts: TestHost[];
  giveBack(): Promise<void>;
}

/** The first free hosts. */
export async function borrowHosts(count: number): Promise<Borrowed> {
  const locked: { host: TestHost; release: () => Promise<void> }[] = [];
  const giveBack = async () => {
    await Promise.all(locked.map(({ release }) => release()));
  };
  // Only one borrower at a time collects several: two that each held a part would wait for each other for ever.
  const leaveQueue = count > 1 ? await machineLock("several-hosts") : undefined;
  try {
    while (locked.length < count) locked.push(await lockFreeHost());
    await leaveQueue?.();
    // In the order of the fleet, whichever became free first.
    const names = fleet.map(({ name }) => name);
    locked.sort((one, other) => names.indexOf(one.host.name) - names.indexOf(other.host.name));
    await Promise.all(locked.map(({ host }) => host.reset()));
    return { hosts: locked.map(({ host }) => host), giveBack };
  } catch (error) {
    await giveBack();
    throw error;
  }
}

async function lockFreeHost(): Promise<{ host: TestHost; release: () => Promise<void> }> {
  for (;;) {
    for (const host of testHosts()) {
      const release = await tryLock(host.name);
      if (release) return { host, release };
    }
    await sleep(RETRY_MS);
  }
}
