import { Problem } from "@/lib/contracts/problem";
import type { PhaseContext } from "../driver";
import { diskFull } from "./transfer";

/** Below this a build or a log would soon fill the disk for everybody on the host. */
const MIN_FREE_BYTES = 256 * 1024 * 1024;

/** Bytes free where services live on the host, or where something else of theirs does. Throws `disk-full`. */
export async function checkDisk(ctx: PhaseContext, path = ctx.base): Promise<number> {
  const free = await ctx.host.diskFreeBytes(path);
  if (free < MIN_FREE_BYTES) throw diskFull(free, MIN_FREE_BYTES);
  return free;
}

/** Throws `port-in-use` when the service's public port answers; not to be asked when it is this service that answers. */
export async function checkPortFree(ctx: PhaseContext): Promise<void> {
  const { port } = ctx.spec;
  const taken = await Promise.all(["127.0.0.1", "::1"].map((host) => isListening(ctx, { host, port })));
  if (taken.includes(true)) throw new Problem("port-in-use", { params: { port } });
}

/** As seen from the host. */
export async function isListening(
  { host, signal }: Pick<PhaseContext, "host" | "signal">,
  address: { host?: string; port: number },
): Promise<boolean> {
  try {
    (await host.connect(address, signal)).destroy();
    return true;
  } catch (error) {
    signal.throwIfAborted();
    // Refused, or no such address family there: nothing listens. A host that is gone says nothing about its ports.
    if (error instanceof Problem) throw error;
    return false;
  }
}
