import { createHash } from "node:crypto";
import type { Circuit } from "@/lib/platform/outgoing/json-client";
import { DokployClient } from "./dokploy-client";
import { Wire, type WireSettings } from "./wire";

interface Shared {
  client: DokployClient;
  /** By the name they know the server by. */
  listeners: Map<string, (circuit: Circuit) => void>;
}

/** One client, and so one circuit, for each server and key in a process. */
const shared = new Map<string, Shared>();

/**
 * The calls of a Dokploy server. Without `onCircuit` the client is nobody else's, and knows nothing of what others
 * learned: for a look at a server. Every call rejects with a problem whose code begins with `platform-`, or with the
 * reason of its signal.
 */
export function openDokploy(settings: WireSettings): DokployClient {
  const { name, url, apiKey, onCircuit } = settings;
  if (!onCircuit) return new DokployClient(new Wire(settings));
  const id = createHash("sha256").update(`${url}\n${apiKey.reveal()}`).digest("hex");
  const known = shared.get(id);
  if (known) {
    known.listeners.set(name, onCircuit);
    return known.client;
  }
  const listeners = new Map([[name, onCircuit]]);
  const tellAll = (circuit: Circuit) => {
    for (const listener of listeners.values()) listener(circuit);
  };
  const client = new DokployClient(new Wire({ ...settings, onCircuit: tellAll }));
  shared.set(id, { client, listeners });
  return client;
}
