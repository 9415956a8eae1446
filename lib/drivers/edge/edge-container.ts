import { openEngine } from "@/lib/platform/docker/engine";
import type { HostPlace } from "../driver";
import { edgeLayout } from "./edge-layout";
import { edgeCommand, edgeEnvironment } from "./edge-unit";

/** Runs the edge from an image where the host has Caddy only so: on the host's own network, back after every boot. */
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
          // The same paths inside as outside: the configuration names them.
          Mounts: [layout.directory, layout.socketDirectory].map((path) => ({
            Type: "bind",
            Source: path,
            Target: path,
          })),
        },
      });
  if (found[0]?.State !== "running") await container.start();
}
