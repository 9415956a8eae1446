import { randomBytes } from "node:crypto";
import { now } from "./rows";

export const OWN_ORGANIZATION = "org_main";
export const OTHER_ORGANIZATION = "org_other";
const DAY_MS = 86_400_000;

/** The owner of the request's key. */
export interface Caller {
  userId: string;
  organizationId: string;
  role: "owner" | "admin" | "member";
}
/** The parameters of `user.createApiKey`. Absent ones have the server's defaults: ten requests in 24 hours. */
export interface KeyLimits {
  name?: string;
  rateLimitEnabled?: boolean;
  rateLimitTimeWindow?: number;
  rateLimitMax?: number;
  remaining?: number;
  /** In seconds. */
  expiresIn?: number;
}
interface Key extends Caller {
  id: string;
  name: string;
  key: string;
  rateLimitEnabled: boolean;
  rateLimitTimeWindow: number;
  rateLimitMax: number;
  requestCount: number;
  remaining: number | null;
  lastRequestMs: number | null;
  expiresAtMs: number | null;
}
export interface MadeKey {
  apiKeyId: string;
  key: string;
}

export class Keys {
  readonly #keys = new Map<string, Key>();

  make({ userId, organizationId, role }: Caller, limits: KeyLimits = {}): MadeKey {
    const made: Key = {
      ...{ userId, organizationId, role },
      id: randomBytes(24).toString("base64url"),
      name: limits.name ?? "key",
      key: randomBytes(32).toString("base64url"),
      rateLimitEnabled: limits.rateLimitEnabled ?? true,
      rateLimitTimeWindow: limits.rateLimitTimeWindow ?? DAY_MS,
      rateLimitMax: limits.rateLimitMax ?? 10,
      requestCount: 0,
      remaining: limits.remaining ?? null,
      lastRequestMs: null,
      expiresAtMs: limits.expiresIn ? Date.now() + limits.expiresIn * 1_000 : null,
    };
    this.#keys.set(made.key, made);
    return { apiKeyId: made.id, key: made.key };
  }

  /** Every request is counted twice: once by the HTTP layer, once by the procedure. */
  verify(key: string | undefined): Caller | undefined {
    if (!key || !this.#count(key) || !this.#count(key)) return undefined;
    return this.#keys.get(key);
  }

  #count(text: string): boolean {
    const key = this.#keys.get(text);
    if (!key || (key.expiresAtMs !== null && key.expiresAtMs < Date.now())) return false;
    if (key.remaining === 0) {
      this.#keys.delete(text); // a key without remaining requests is deleted
      return false;
    }
    if (key.rateLimitEnabled && !withinWindow(key)) return false;
    if (key.remaining !== null) key.remaining -= 1;
    key.lastRequestMs = Date.now();
    return true;
  }

  remove(apiKeyId: string): boolean {
    const found = [...this.#keys.values()].find(({ id }) => id === apiKeyId);
    return found ? this.#keys.delete(found.key) : false;
  }
  /** Revokes a key; the returned function restores it. */
  revoke(text: string): () => void {
    const key = this.#keys.get(text);
    this.#keys.delete(text);
    return () => {
      if (key) this.#keys.set(text, key);
    };
  }

  listOf(userId: string) {
    return [...this.#keys.values()]
      .filter((key) => key.userId === userId)
      .map(({ id, name, expiresAtMs }) => ({
        ...{ id, name, prefix: null, enabled: true, createdAt: now() },
        expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
      }));
  }

  view(apiKeyId: string) {
    const key = [...this.#keys.values()].find(({ id }) => id === apiKeyId);
    const at = now();
    return {
      ...{
        configId: "default",
        name: key?.name,
        start: key?.key.slice(0, 6),
        referenceId: key?.userId,
        prefix: null,
        key: key?.key,
      },
      ...{ refillInterval: null, refillAmount: null, lastRefillAt: null, enabled: true },
      ...{ rateLimitEnabled: key?.rateLimitEnabled, rateLimitTimeWindow: key?.rateLimitTimeWindow },
      ...{ rateLimitMax: key?.rateLimitMax, requestCount: 0, remaining: key?.remaining, lastRequest: null },
      expiresAt: key?.expiresAtMs ? new Date(key.expiresAtMs).toISOString() : null,
      ...{ createdAt: at, updatedAt: at, permissions: null, metadata: null, id: apiKeyId },
    };
  }
}

function withinWindow(key: Key): boolean {
  if (key.lastRequestMs !== null && Date.now() - key.lastRequestMs > key.rateLimitTimeWindow) key.requestCount = 0;
  if (key.requestCount >= key.rateLimitMax) return false;
  key.requestCount += 1;
  return true;
}
