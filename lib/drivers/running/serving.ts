import { join } from "node:path";
import * as z from "zod";
import type { ServicePlace } from "../driver";
import { serviceDirectory } from "../release-layout";

/**
 * Which release has the public way, and by which one. It lies on the host, so that any process, and a host that comes
 * back from a reboot, can be told what should run there.
 */
export const Serving = z.object({
  releaseId: z.string(),
  /** `edge`: Caddy holds the public port; `direct`: the release itself is bound to it. */
  way: z.enum(["edge", "direct"]),
  binding: z.object({ host: z.string(), port: z.int() }),
  publicPort: z.int(),
  bindAddress: z.string().nullable(),
  domain: z.string().nullable(),
  certificate: z.enum(["automatic", "internal"]),
});
export type Serving = z.infer<typeof Serving>;

const FILE = "serving.json";

export async function readServing(place: ServicePlace): Promise<Serving | null> {
  const file = join(serviceDirectory(place), FILE);
  if ((await place.host.stat(file)) === null) return null;
  return Serving.parse(JSON.parse((await place.host.readFile(file)).toString("utf8")));
}

export async function writeServing(place: ServicePlace, serving: Serving): Promise<void> {
  await place.host.writeFile(join(serviceDirectory(place), FILE), JSON.stringify(serving));
}

export async function forgetServing(place: ServicePlace): Promise<void> {
  await place.host.remove(join(serviceDirectory(place), FILE));
}
