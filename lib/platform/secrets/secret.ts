import { inspect } from "node:util";

const REDACTED = "[redacted]";

/** A value that prints as `[redacted]` everywhere: in a log, a template, JSON, the debugger. */
export class Secret {
  readonly #value: string;
  /** Do logs mask it? Variables that hold no secret (lib/platform/secrets/variables.ts) have this class too. */
  readonly isMasked: boolean;

  constructor(value: string, { isMasked = true }: { isMasked?: boolean } = {}) {
    this.#value = value;
    this.isMasked = isMasked;
  }

  /** The only access to the value; check every call in a review. */
  reveal(): string {
    return this.#value;
  }
  equals(other: Secret | undefined): boolean {
    return other !== undefined && other.#value === this.#value;
  }
  toString(): string {
    return REDACTED;
  }
  toJSON(): string {
    return REDACTED;
  }
  [inspect.custom](): string {
    return REDACTED;
  }
}

/** An environment: values by name. */
export type Secrets = Readonly<Record<string, Secret>>;

/** Wraps received values. */
export function secretsOf(values: Readonly<Record<string, string>>): Secrets {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));
}

/** What can be sealed: a secret, or objects of secrets. Plain text must be wrapped first. */
export type Sealable = Secret | { readonly [name: string]: Sealable | undefined };

/** For the places that pass them on: a request's body, standard input, a file of mode 0600. */
export function revealAll(secrets: Secrets): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
}

/** Every secret in the value. */
export function secretsIn(value: Sealable): Secret[] {
  if (value instanceof Secret) return [value];
  return Object.values(value).flatMap((part) => (part === undefined ? [] : secretsIn(part)));
}

/** JSON with the revealed values. */
export function toPlainJson(value: Sealable): string {
  return JSON.stringify(plain(value));
}

/** Parses the result of `toPlainJson` and wraps every text in a secret. */
export function fromPlainJson(json: string): Sealable {
  return hidden(JSON.parse(json));
}

type Plain = string | { [name: string]: Plain | undefined };

function plain(value: Sealable): Plain {
  if (value instanceof Secret) return value.reveal();
  const parts = Object.entries(value).map(
    ([name, part]) => [name, part === undefined ? undefined : plain(part)] as const,
  );
  return Object.fromEntries(parts);
}

function hidden(value: Plain): Sealable {
  if (typeof value === "string") return new Secret(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, part === undefined ? undefined : hidden(part)]),
  );
}
