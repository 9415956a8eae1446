import { afterAll } from "vitest";
import { type Borrowed, borrowAnyHost, borrowHosts } from "./borrow-hosts";
import type { HostName } from "./facts";
import { fleet } from "./fleet";
import type { TestHost } from "./test-host";

/**
 * One host, fresh, for this test file alone until the file ends: `const host = await takeHost();` at its top, the named
 * one or the first that is free. Other files, also of other runs on this machine, wait for theirs.
 */
export async function takeHost(name?: HostName): Promise<TestHost> {
  const [host] = await untilTheEnd(name ? borrowHosts([name]) : borrowAnyHost());
  if (!host) throw new Error("there are no test hosts");
  return host;
}

/** Both. */
export function takeHosts(): Promise<TestHost[]> {
  return untilTheEnd(borrowHosts(fleet.map(({ name }) => name)));
}

async function untilTheEnd(borrowing: Promise<Borrowed>): Promise<TestHost[]> {
  const { hosts, giveBack } = await borrowing;
  afterAll(giveBack);
  return hosts;
}
