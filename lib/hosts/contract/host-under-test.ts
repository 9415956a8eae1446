import type { Command, Host } from "../host";

/** What a host brings to be put through the contract. */
export interface HostUnderTest {
  name: string;
  open(): Host;
  /** A folder on it that tests may fill. */
  folder: string;
  /** A module that exports `host`, this very one, for a process of its own. */
  source: string;
  /** What listens there and sends back what it gets. */
  echoServer(at: { port: number } | { socketPath: string }): Command["args"];
}
