import { afterAll } from "vitest";
import { borrowHosts } from "./borrow-hosts";
import type { TestHost } from "./test-host";

/**
 * One reset host for this test file alone, until the file ends: `const host = await takeHost();` at its top. Other
 * files, also of other runs on this machine, wait for theirs.
 */
export async function takeHost(): Promise<TestHost> {
  const [host] = await takeHosts(1);
  if (!host) throw new Error("there are no test hosts");
  return host;
}

/** Several hosts, in the order of their names. */
export async function takeHosts(count: number): Promise<TestHost[]> {
  const { hosts, giveBack } = await borrowHosts(count);
  afterAll(giveBack);
  return hosts;
}
