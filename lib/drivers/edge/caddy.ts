import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import type { Host } from "@/lib/hosts/host";
import { connectToEngine, ENGINE_SOCKET, openEngine } from "@/lib/platform/docker/engine";
import { engineProblem } from "@/lib/platform/docker/engine-problem";
import type { HostPlace } from "../driver";
import { exchange } from "../http-exchange";
import { commandWord, unitWord } from "../unit-syntax";
import { type EdgeLayout, edgeLayout } from "./edge";

/** How Caddy can run the edge on a host, best first. */
export type Caddy =
  | { kind: "unit"; binary: string }
  | { kind: "detached"; binary: string }
  | { kind: "container"; image: string };

/** Prints the path of the binary, and that of systemctl if units can be created. */
const FIND = `
command -v caddy || echo
[ -d /run/systemd/system ] && [ "$(id -u)" = 0 ] && command -v systemctl
:
`;

/** Null if the host has Caddy neither as a program nor as an image: then a redeploy interrupts the service. */
export async function findCaddy({ host }: Pick<HostPlace, "host">, signal?: AbortSignal): Promise<Caddy | null> {
  const { stdout } = await host.run({ args: ["sh", "-c", FIND] }, { signal });
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
 * The image is never pulled: the host's owner decides what runs there. This is one plain request and not the library's,
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

/** The systemd unit of the edge: restarted when it ends, started when the host boots. */
export function edgeUnit(layout: EdgeLayout, binary: string): string {
  return `[Unit]
Description=Landfall edge: the public ports of services
After=network.target

[Service]
ExecStart=${edgeCommand(layout, binary).map(commandWord).join(" ")}
Environment=${Object.entries(edgeEnvironment(layout))
    .map(([name, value]) => unitWord(`${name}=${value}`))
    .join(" ")}
Restart=always
RestartSec=1
TimeoutStopSec=10
LimitNOFILE=1048576
NoNewPrivileges=yes
ProtectSystem=full
ProtectHome=read-only
ReadWritePaths=${[layout.directory, layout.socketDirectory].map(unitWord).join(" ")}

[Install]
WantedBy=multi-user.target
`;
}

/** With `--resume` Caddy loads its last configuration; the initial one is for the first start. */
export function edgeCommand({ initialConfig }: EdgeLayout, binary: string): string[] {
  return [binary, "run", "--resume", "--config", initialConfig];
}

export function edgeEnvironment({ config, data, directory }: EdgeLayout): Record<string, string> {
  // Every Caddy command creates a folder `.step` in its user's home unless STEPPATH names another one.
  return { XDG_CONFIG_HOME: config, XDG_DATA_HOME: data, HOME: directory, STEPPATH: directory };
}

/** Runs the edge from an image, in the host's network; Docker restarts it at every boot. */
export async function runEdgeContainer(place: HostPlace, image: string): Promise<void> {
  const layout = edgeLayout(place);
  const engine = await openEngine(place.host);
  const found = await engine.listContainers({ all: true, filters: { name: [`^/${layout.name}$`] } });
  const container = found[0]
    ? engine.getContainer(found[0].Id)
    : await engine.createContainer({
        name: layout.name,
        Image: image,
        Entrypoint: edgeCommand(layout, "caddy"),
        Cmd: [],
        Env: Object.entries(edgeEnvironment(layout)).map(([name, value]) => `${name}=${value}`),
        Labels: { "landfall.edge": layout.name },
        HostConfig: {
          NetworkMode: "host",
          RestartPolicy: { Name: "unless-stopped" },
          // The configuration has these paths, so they are the same inside the container.
          Mounts: [layout.directory, layout.socketDirectory].map((path) => ({
            Type: "bind",
            Source: path,
            Target: path,
          })),
        },
      });
  if (found[0]?.State !== "running") await container.start();
}
