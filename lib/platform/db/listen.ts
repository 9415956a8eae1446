import { Client } from "pg";
import { env } from "@/lib/platform/env";
import { log } from "@/lib/platform/log";

/** The channels of this product. The payload is always a deployment's id. */
export type Channel = "landfall_event" | "landfall_cancel";
type Listener = {
  onNotification: (payload: string) => void;
  /** Called after every (re)connect: notifications sent before it are lost, so read again. */
  onConnect: () => void;
};

const RETRY_MS = [100, 250, 500, 1_000, 2_000] as const;

class Listening {
  readonly listeners = new Map<Channel, Set<Listener>>();
  #client: Client | undefined;
  #ended = false;

  constructor() {
    void this.#keepConnected();
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#client?.end();
  }

  async #keepConnected(): Promise<void> {
    for (let attempt = 0; !this.#ended; attempt++) {
      try {
        await this.#listenUntilLost(() => {
          attempt = 0;
        });
      } catch (error) {
        if (!this.#ended) log.warn({ err: error }, "the connection for notifications was lost; connecting again");
      }
      const delay = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)];
      await new Promise((resolve) => setTimeout(resolve, delay).unref());
    }
  }

  async #listenUntilLost(onConnect: () => void): Promise<void> {
    const client = new Client({
      connectionString: env.DATABASE_URL.reveal(),
      application_name: "landfall-listen",
      keepAlive: true,
    });
    this.#client = client;
    const lost = new Promise<never>((_, reject) => {
      client.on("error", reject);
      client.on("end", () => reject(new Error("connection ended")));
    });
    lost.catch(() => {}); // handled below; connect() may fail first
    client.on("notification", ({ channel, payload }) => {
      for (const listener of this.listeners.get(channel as Channel) ?? []) listener.onNotification(payload ?? "");
    });
    try {
      await client.connect();
      await client.query("LISTEN landfall_event; LISTEN landfall_cancel");
      onConnect();
      for (const ofChannel of this.listeners.values()) for (const listener of ofChannel) listener.onConnect();
      await lost;
    } finally {
      await client.end().catch(() => {}); // usually closed already
    }
  }
}

const shared = globalThis as { landfallListening?: Listening };

/**
 * One LISTEN connection per process, for any number of listeners. A notification is only a hint to read sooner:
 * listeners read on from the number they have, also after a reconnect. Returns a function that unsubscribes.
 */
export function listen(channel: Channel, listener: Listener): () => void {
  shared.landfallListening ??= new Listening();
  const { listeners } = shared.landfallListening;
  const ofChannel = listeners.get(channel) ?? new Set();
  listeners.set(channel, ofChannel.add(listener));
  return () => void ofChannel.delete(listener);
}

/** Ends the connection before the process stops. */
export async function stopListening(): Promise<void> {
  await shared.landfallListening?.end();
  shared.landfallListening = undefined;
}
