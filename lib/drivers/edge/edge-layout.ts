import { join } from "node:path";
import type { HostPlace } from "../driver";
import { baseId } from "../release-layout";

/** A Unix socket's path has 107 bytes. */
const MAX_SOCKET_PATH = 100;

export interface EdgeLayout {
  directory: string;
  /** Held by the one instance of a base, so that of two that are started at once one ends by itself. */
  lock: string;
  initialConfig: string;
  log: string;
  /** Only its owner may enter: whoever can write to the socket rules the edge. */
  socketDirectory: string;
  socket: string;
  /** Name of the unit or container. */
  name: string;
  /** Where Caddy keeps its last configuration and its certificates (XDG). */
  config: string;
  data: string;
}

export function edgeLayout(place: Pick<HostPlace, "base">): EdgeLayout {
  const directory = join(place.base, ".edge");
  const name = `landfall-edge-${baseId(place)}`;
  const own = join(directory, "run");
  const fits = Buffer.byteLength(join(own, "admin.sock")) <= MAX_SOCKET_PATH;
  const socketDirectory = fits ? own : join("/tmp", name);
  return {
    directory,
    lock: join(directory, "lock"),
    initialConfig: join(directory, "initial.json"),
    log: join(directory, "edge.log"),
    socketDirectory,
    socket: join(socketDirectory, "admin.sock"),
    name,
    config: join(directory, "config"),
    data: join(directory, "data"),
  };
}

/** While this folder holds `green`, the service's green slot has its traffic; else the blue one. */
export function liveFolder(place: Pick<HostPlace, "base">, serviceName: string): string {
  return join(place.base, ".edge", "live", serviceName);
}
