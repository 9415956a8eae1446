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
export function stackAddress(
  spec: Parameters<typeof domainOf>[0],
  { httpPort, httpsPort }: DokployPlace["ways"],
): StackAddress {
  const { host, https } = domainOf(spec);
  const [scheme, port, usual] = https ? ["https", httpsPort, 443] : ["http", httpPort, 80];
  return { host, port, https, url: `${scheme}://${host}${port === usual ? "" : `:${port}`}` };
}
