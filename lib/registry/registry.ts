import type { Announcement } from "@/lib/contracts/registration";
import type { Circuit } from "@/lib/platform/outgoing/json-client";

/**
 * Where services are announced: Landfall's own Registry, or an external one that REGISTRY_URL names. Both keep one
 * Registration row per name, with what was announced and whether it is still owed.
 */
export interface Registry {
  /** What the rows of this Registry carry in `registry`. */
  readonly address: string;
  readonly circuit: Circuit;
  /**
   * Announces and reads it back. Rejects with `registration-failed`, or with `name-taken` for a droplet of another owner.
   * The announcement is stored before, and the outbox delivers it again.
   */
  announce(serviceId: string, announcement: Announcement, patience: Patience): Promise<void>;
  /** Removes the service's own droplet, if there is one. Rejects like `announce`. */
  withdraw(serviceId: string, name: string, patience: Patience): Promise<void>;
  /** The address it has for the service; null when the name is unknown or has another owner. Rejects when the Registry does not answer. */
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
