import { afterAll } from "vitest";
import { borrowHosts } from "./borrow-hosts";
import type { HostName } from "./facts";
import { type TestHost, testHosts } from "./test-host";

/**
 * One host, fresh, for this test file alone until the file ends: `const host = await takeHost();` at its top, the named
 * one or the first that is free. Other files, also of other runs on this machine, wait for theirs.
 */
export async function takeHost(name?: HostName): Promise<TestHost> {
  const [host] = await take(name ? [[name]] : testHosts().map((one) => [one.name]));
  if (!host) throw new Error("there are no test hosts");
  return host;
}

/** Both. */
export function takeHosts(): Promise<TestHost[]> {
  return take([testHosts().map(({ name }) => name)]);
}

async function take(groups: readonly (readonly HostName[])[]): Promise<TestHost[]> {
  const { hosts, giveBack } = await borrowHosts(groups);
  afterAll(giveBack);
  return hosts;
}
