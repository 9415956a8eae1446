import type { Announcement } from "@/lib/contracts/registration";
import type { Circuit } from "@/lib/platform/outgoing/json-client";

/**
 * Where services are announced: Landfall's own Registry, or an external one that REGISTRY_URL names. Both keep a
 * Registration row per name, with what was announced and what is still owed.
 */
export interface Registry {
  /** What the rows of this Registry carry in `registry`. */
  readonly address: string;
  readonly circuit: Circuit;
  /**
   * Announces and reads it back. Rejects with `registration-failed`, or with `name-taken` for a droplet that is not this
   * service's; what is owed is written down by then.
   */
  announce(serviceId: string, announcement: Announcement, patience: Patience): Promise<void>;
  /** Nothing there is success, and what is another's stays. Rejects like `announce`. */
  withdraw(serviceId: string, name: string, patience: Patience): Promise<void>;
  /** The address it has for the service; null when it knows none of that name, or one of another's. Rejects when it cannot be asked. */
  addressOf(serviceId: string, name: string, patience: Patience): Promise<string | null>;
  /**
   * Announces or withdraws what is still owed for a name; false when nothing is. Rejects like `announce`. Always says what the
   * row holds now, so an older message never overwrites a newer announcement or a withdrawal.
   */
  deliver(name: string, signal: AbortSignal): Promise<boolean>;
  /** Publishes again what the Registry has forgotten. Rejects when it cannot be asked. */
  remind(signal: AbortSignal): Promise<void>;
  isUp(signal: AbortSignal): Promise<boolean>;
}

export interface Patience {
  tries: number;
  /** For everything together. */
  signal: AbortSignal;
}
