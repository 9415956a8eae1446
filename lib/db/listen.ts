import { Client } from "pg";
import { env } from "@/lib/env";
import { log } from "@/lib/log";

/** The channels of this product; a payload is always a deployment's id. */
export type Channel = "landfall_event" | "landfall_cancel";
type Listener = {
  onNotification: (payload: string) => void;
  /** Called after every (re)connect: what was sent meanwhile is lost, so read again. */
  onConnect: () => void;
};

const RETRY_MS = [100, 250, 500, 1_000, 2_000] as const;
const shared = globalThis as { landfallListeners?: Map<Channel, Set<Listener>>; landfallListening?: boolean };

/**
 * One LISTEN connection per process, whatever the number of listeners. A notification is only a hint to look sooner:
 * listeners re-read from the number they have, and also do so after a reconnect. Returns the function that ends it.
 */
export function listen(channel: Channel, listener: Listener): () => void {
  shared.landfallListeners ??= new Map();
  const listeners = shared.landfallListeners;
  const ofChannel = listeners.get(channel) ?? new Set();
  listeners.set(channel, ofChannel.add(listener));
  if (!shared.landfallListening) {
    shared.landfallListening = true;
    void keepConnected(listeners);
  }
  return () => void ofChannel.delete(listener);
}

async function keepConnected(listeners: Map<Channel, Set<Listener>>): Promise<never> {
  for (let attempt = 0; ; attempt++) {
    try {
      await listenUntilLost(listeners, () => {
        attempt = 0;
      });
    } catch (error) {
      log.warn({ err: error }, "the connection for notifications was lost; connecting again");
    }
    const delay = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
    await new Promise((resolve) => setTimeout(resolve, delay).unref());
  }
}

async function listenUntilLost(listeners: Map<Channel, Set<Listener>>, onConnect: () => void): Promise<void> {
  const client = new Client({
    connectionString: env.DATABASE_URL,
    application_name: "landfall-listen",
    keepAlive: true,
  });
  const lost = new Promise<never>((_, reject) => {
    client.on("error", reject);
    client.on("end", () => reject(new Error("connection ended")));
  });
  lost.catch(() => {}); // observed below; connect() may fail first
  client.on("notification", ({ channel, payload }) => {
    for (const listener of listeners.get(channel as Channel) ?? []) listener.onNotification(payload ?? "");
  });
  try {
    await client.connect();
    await client.query("LISTEN landfall_event; LISTEN landfall_cancel");
    onConnect();
    for (const ofChannel of listeners.values()) for (const listener of ofChannel) listener.onConnect();
    await lost;
  } finally {
    await client.end().catch(() => {}); // already gone in most cases
  }
}
