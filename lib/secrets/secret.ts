import { inspect } from "node:util";

const REDACTED = "[redacted]";

/** A value that prints as `[redacted]` wherever it ends up: a log, a template, JSON, the debugger. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The only way to the value; every use of it is a place to look at in a review. */
  reveal(): string {
    return this.#value;
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
