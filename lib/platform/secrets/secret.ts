import { inspect } from "node:util";

const REDACTED = "[redacted]";

/** A value that prints as `[redacted]` wherever it ends up: a log, a template, JSON, the debugger. */
export class Secret {
  readonly #value: string;
  /** Whether logs mask it. A variable that is none of a person's secrets (lib/platform/secrets/guess.ts) is kept as one all the same. */
  readonly isMasked: boolean;

  constructor(value: string, { isMasked = true }: { isMasked?: boolean } = {}) {
    this.#value = value;
    this.isMasked = isMasked;
  }

  /** The only way to the value; every use of it is a place to look at in a review. */
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

/** Values by their names: an environment. */
export type Secrets = Readonly<Record<string, Secret>>;

/** Values that just arrived. */
export function secretsOf(values: Readonly<Record<string, string>>): Secrets {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));
}

/** What is sealed: secrets, in objects or alone. Text has to be made a secret first. */
export type Sealable = Secret | { readonly [name: string]: Sealable | undefined };

/** For the one place that writes them where they are used: a request's body, standard input, a file of mode 0600. */
export function revealAll(secrets: Secrets): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
}

/** Every secret in it. */
export function secretsIn(value: Sealable): Secret[] {
  if (value instanceof Secret) return [value];
  return Object.values(value).flatMap((part) => (part === undefined ? [] : secretsIn(part)));
}

/** JSON with the values themselves. */
export function toPlainJson(value: Sealable): string {
  return JSON.stringify(plain(value));
}

/** What `toPlainJson` wrote, every text in it a secret again. */
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
