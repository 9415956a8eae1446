import type { Announcement } from "@/lib/contracts/registration";
import type { Circuit } from "@/lib/platform/outgoing/json-client";

/**
 * Where services are announced: Landfall's own Registry, or the external one at REGISTRY_URL. Both keep one
 * Registration row per name, with the announcement and whether it is pending.
 */
export interface Registry {
  /** The value of `registry` in the rows of this Registry. */
  readonly address: string;
  readonly circuit: Circuit;
  /**
   * Announces a service and reads it back. Rejects with `registration-failed`, or with `name-taken` for a droplet of
   * another owner. The announcement is stored first, and the outbox retries it.
   */
  announce(serviceId: string, announcement: Announcement, patience: Patience): Promise<void>;
  /** Removes the service's own droplet, if there is one. Rejects like `announce`. */
  withdraw(serviceId: string, name: string, patience: Patience): Promise<void>;
  /** Its address for the service; null for an unknown name or another owner. Rejects without an answer. */
  addressOf(serviceId: string, name: string, patience: Patience): Promise<string | null>;
  /**
   * Delivers the pending update of a name; false when there is none. Rejects like `announce`. It always sends the row's
   * current content, so an older message never overwrites a newer update.
   */
  deliver(name: string, signal: AbortSignal): Promise<boolean>;
  /** Publishes again what the Registry has lost. Rejects when it does not answer. */
  remind(signal: AbortSignal): Promise<void>;
  isUp(signal: AbortSignal): Promise<boolean>;
}

export interface Patience {
  tries: number;
  /** For all tries together. */
  signal: AbortSignal;
}
