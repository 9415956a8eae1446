/* Hosts for one at a time on this machine, reset before they are lent. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HostName } from "./facts";
import { machineLock, tryLock } from "./machine-lock";
import { type TestHost, testHosts } from "./test-host";

const RETRY_MS = 100;

export interface Borrowed {
  hosts: TestHost[];
  giveBack(): Promise<void>;
}

/** All of these. Everybody who wants several takes them in the order of `testHosts`, so two never wait for each other. */
export async function borrowHosts(names: readonly HostName[]): Promise<Borrowed> {
  const hosts = testHosts().filter(({ name }) => names.includes(name));
  const locks: (() => Promise<void>)[] = [];
  for (const { name } of hosts) locks.push(await machineLock(name));
  return lend(hosts, async () => {
    await Promise.all(locks.map((release) => release()));
  });
}

/** The first that is free. */
export async function borrowAnyHost(): Promise<Borrowed> {
  for (;;) {
    for (const host of testHosts()) {
      const release = await tryLock(host.name);
      if (release) return lend([host], release);
    }
    await sleep(RETRY_MS);
  }
}

async function lend(hosts: TestHost[], giveBack: () => Promise<void>): Promise<Borrowed> {
  try {
    await Promise.all(hosts.map((host) => host.reset()));
    return { hosts, giveBack };
  } catch (error) {
    await giveBack();
    throw error;
  }
}
