import type { Host } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import { engineId, openEngine } from "@/lib/platform/docker/engine";

/** Is the server's Docker the one of this machine, whichever way it is reached? Then an image is there once it is built. */
export async function isServerHere({ host }: { host: Host }): Promise<boolean> {
  const [here, there] = await Promise.all([openEngine(new LocalHost()), openEngine(host)]);
  return (await engineId(here)) === (await engineId(there));
}
