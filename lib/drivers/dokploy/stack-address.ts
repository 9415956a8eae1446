import { stackUrl } from "@/lib/contracts/stack";
import type { DokployPlace } from "../driver";
import { domainOf } from "./domain";

/** Where people reach a stack: its domain, at the port where the server's proxy answers. */
export interface StackAddress {
  url: string;
  host: string;
  port: number;
  https: boolean;
}

/** Throws settings-invalid for a spec without a domain. */
export function stackAddress(spec: Parameters<typeof domainOf>[0], ways: DokployPlace["ways"]): StackAddress {
  const { host, https } = domainOf(spec);
  return { host, port: https ? ways.httpsPort : ways.httpPort, https, url: stackUrl({ domain: host, https }, ways) };
}
