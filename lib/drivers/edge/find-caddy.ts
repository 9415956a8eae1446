import { ConstantBackoff, handleWhen, retry } from "cockatiel";
import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
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

const ENGINE_SOCKET = "/var/run/docker.sock";
const ANSWER_MS = 5_000;
/** A daemon that is being restarted is back within seconds. */
const starting = retry(
  handleWhen((error) => (error as NodeJS.ErrnoException).code === "ECONNREFUSED"),
  { maxAttempts: 40, backoff: new ConstantBackoff(250) },
);

const Images = z.array(z.object({ RepoTags: z.array(z.string()).nullish() }));

/**
 * It is not pulled: what runs on a host is its owner's to decide. One plain question, without the library for Docker:
 * every worker asks it of its own machine, and would hold that for nothing.
 */
async function caddyImage(host: Host, signal?: AbortSignal): Promise<string | null> {
  if ((await host.stat(ENGINE_SOCKET)) === null) return null;
  const filters = encodeURIComponent(JSON.stringify({ reference: ["caddy", "caddy:*"] }));
  const ask = () =>
    exchange(
      host,
      { socketPath: ENGINE_SOCKET },
      { path: `/images/json?filters=${filters}`, timeoutMs: ANSWER_MS, signal },
    );
  try {
    const { status, body } = await starting.execute(ask, signal);
    if (status !== 200) throw new Problem("engine-refused", { params: { status } });
    return Images.parse(JSON.parse(body))[0]?.RepoTags?.[0] ?? null;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Problem) throw error;
    throw new Problem("engine-unreachable", {
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}
