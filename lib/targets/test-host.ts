import type { HostPlace } from "@/lib/drivers/driver";
import type { StoredTarget } from "./kind";
import { connect } from "./registry";

/** For tests: the host of a target, and the folder of its services. The test closes the host. */
export async function hostPlaceOf(target: StoredTarget): Promise<HostPlace> {
  const { host } = await connect(target);
  if (!host) throw new Error(`${target.name} is no host`);
  return host;
}
