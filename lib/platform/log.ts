import { AsyncLocalStorage } from "node:async_hooks";
import pino, { type DestinationStream, type Logger, type LoggerOptions } from "pino";
import { env } from "@/lib/platform/env";

const SECRET_FIELDS = ["authorization", "cookie", "password", "secret", "token", "x-api-key"];

/** Writes to standard output, except in tests. */
export function createLog(to?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level: env.LANDFALL_LOG_LEVEL,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    mixin: () => ({ ...logContext() }),
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.headers["${field}"]`]),
      censor: "[redacted]",
    },
  };
  return to ? pino(options, to) : pino(options);
}

interface ErrorEntry {
  type: string;
  message: string;
  code?: unknown;
  stack?: string;
  cause?: ErrorEntry;
}

/** Named fields only: some drivers attach whole clients, with their settings, to their errors. */
export function describeError(error: unknown, depth = 0): ErrorEntry {
  if (!(error instanceof Error)) return describeOther(error);
  const { name: type, message, stack, cause } = error;
  const code = "code" in error ? { code: error.code } : {};
  const deeper = cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeError(cause, depth + 1) };
  return { type, message, ...code, ...(stack ? { stack } : {}), ...deeper };
}
const MAX_CAUSES = 5;

/** Some libraries reject with a plain object that has the fields of an error. */
function describeOther(error: unknown): ErrorEntry {
  if (typeof error !== "object" || error === null) return { type: typeof error, message: String(error) };
  const { message = "no message", code } = error as { message?: unknown; code?: unknown };
  return { type: "object", message: String(message), ...(code === undefined ? {} : { code }) };
}

let made: Logger | undefined;
/** For tests of the log: from now on every line of every level is written there. */
export function redirectLog(to: DestinationStream): void {
  made = createLog(to);
  made.level = "trace";
}
/** One JSON object per line on standard output. Created on first use, so that an import needs no environment. */
export const log: Logger = new Proxy({} as Logger, {
  get(_, name) {
    made ??= createLog();
    const value: unknown = Reflect.get(made, name);
    return typeof value === "function" ? value.bind(made) : value;
  },
});

/** Fields that are added to every log line of a piece of work. */
export interface LogContext {
  requestId?: string;
  deploymentId?: string;
  phase?: string;
}

// Next loads a module once per route bundle, so the storage is shared through globalThis.
const shared = globalThis as { landfallLogContext?: AsyncLocalStorage<LogContext> };
const storage = () => {
  shared.landfallLogContext ??= new AsyncLocalStorage();
  return shared.landfallLogContext;
};

/** Adds these fields to every log line of the work, including what it awaits. Outer fields are kept. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return storage().run({ ...logContext(), ...context }, work);
}

export function logContext(): LogContext {
  return storage().getStore() ?? {};
}
