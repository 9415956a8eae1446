import { setTimeout as sleep } from "node:timers/promises";
import type { HostName } from "./facts";
import { tryLock } from "./machine-lock";
import { type TestHost, testHosts } from "./test-host";

const RETRY_MS = 100;

export interface Borrowed {
  hosts: TestHost[];
  giveBack(): Promise<void>;
}

/** The first of these groups that is free as a whole, reset: who holds one host never waits for another. */
export async function borrowHosts(groups: readonly (readonly HostName[])[]): Promise<Borrowed> {
  for (;;) {
    for (const names of groups) {
      const giveBack = await tryLocks(names);
      if (!giveBack) continue;
      const hosts = testHosts().filter(({ name }) => names.includes(name));
      await Promise.all(hosts.map((host) => host.reset()));
      return { hosts, giveBack };
    }
    // Of two that wait for both hosts, one must come first.
    await sleep(RETRY_MS * (1 + Math.random()));
  }
}

async function tryLocks(names: readonly HostName[]): Promise<(() => Promise<void>) | undefined> {
  const locks = await Promise.all(names.map((name) => tryLock(name)));
  const held = locks.filter((lock) => lock !== undefined);
  const giveBack = async () => {
    await Promise.all(held.map((release) => release()));
  };
  if (held.length === names.length) return giveBack;
  await giveBack();
  return undefined;
}
