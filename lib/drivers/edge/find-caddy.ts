import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { connectToEngine, ENGINE_SOCKET } from "@/lib/platform/docker/engine";
import { engineProblem } from "@/lib/platform/docker/engine-problem";
import type { HostPlace } from "../driver";
import { exchange } from "../http-exchange";

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
  const image = await caddyImage(host, signal);
  return image === null ? null : { kind: "container", image };
}

/** A daemon that restarts is back within seconds. */
const PATIENCE_MS = 10_000;
const ANSWER_MS = 15_000;

const Images = z.array(z.object({ RepoTags: z.array(z.string()).nullish() }));

/**
 * The image is never pulled: what runs on a host is its owner's decision. This is one plain request and not the library's,
 * because every worker sends it to its own machine and would keep the library's 34 MB in memory for nothing else.
 */
async function caddyImage(host: Host, signal?: AbortSignal): Promise<string | null> {
  if ((await host.stat(ENGINE_SOCKET)) === null) return null;
  const filters = encodeURIComponent(JSON.stringify({ reference: ["caddy", "caddy:*"] }));
  const engine: Pick<Host, "connect"> = {
    connect: (_, limit) => connectToEngine(host, { patienceMs: PATIENCE_MS }, limit),
  };
  const options = { path: `/images/json?filters=${filters}`, timeoutMs: ANSWER_MS, signal };
  try {
    const { status, body } = await exchange(engine, { socketPath: ENGINE_SOCKET }, options);
    if (status !== 200) throw new Problem("engine-refused", { params: { status } });
    return Images.parse(JSON.parse(body))[0]?.RepoTags?.[0] ?? null;
  } catch (error) {
    signal?.throwIfAborted();
    throw engineProblem(error);
  }
}
