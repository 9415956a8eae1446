import type { Host } from "@/lib/hosts/host";
import { openEngine } from "../docker/engine";
import type { HostPlace } from "../driver";

/** What can run an edge on a host, best first. */
export type Caddy =
  | { kind: "unit"; binary: string }
  | { kind: "detached"; binary: string }
  | { kind: "container"; image: string };

/** Line by line: the binary, then what says that units can be made. */
const LOOK = `
command -v caddy || echo
[ -d /run/systemd/system ] && [ "$(id -u)" = 0 ] && command -v systemctl
:
`;

/** Null when the host has no Caddy, as a program or as an image: then a redeploy interrupts the service. */
export async function findCaddy({ host }: Pick<HostPlace, "host">, signal?: AbortSignal): Promise<Caddy | null> {
  const { stdout } = await host.run({ args: ["sh", "-c", LOOK] }, { signal });
  const [binary = "", systemctl = ""] = stdout.split("\n");
  if (binary !== "") return { kind: systemctl === "" ? "detached" : "unit", binary };
  const image = await caddyImage(host);
  return image === null ? null : { kind: "container", image };
}

/** It is not pulled: what runs on a host is its owner's to decide. */
async function caddyImage(host: Host): Promise<string | null> {
  if ((await host.stat("/var/run/docker.sock")) === null) return null;
  const engine = await openEngine(host);
  const images = await engine.listImages({ filters: { reference: ["caddy", "caddy:*"] } });
  return images[0]?.RepoTags?.[0] ?? null;
}
