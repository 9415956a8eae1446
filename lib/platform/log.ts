import { AsyncLocalStorage } from "node:async_hooks";
import pino, { type DestinationStream, type Logger, type LoggerOptions } from "pino";
import { env } from "@/lib/platform/env";

const SECRET_FIELDS = ["authorization", "cookie", "password", "secret", "token", "x-api-key"];

/** To standard output; elsewhere in tests. */
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

/** Named fields only: drivers hang whole clients, with their settings, on the errors they throw. */
export function describeError(error: unknown, depth = 0): ErrorEntry {
  if (!(error instanceof Error)) return describeOther(error);
  const { name: type, message, stack, cause } = error;
  const code = "code" in error ? { code: error.code } : {};
  const deeper = cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeError(cause, depth + 1) };
  return { type, message, ...code, ...(stack ? { stack } : {}), ...deeper };
}
const MAX_CAUSES = 5;

/** Some libraries hand on a plain object that tells what an error told them. */
function describeOther(error: unknown): ErrorEntry {
  if (typeof error !== "object" || error === null) return { type: typeof error, message: String(error) };
  const { message = "no message", code } = error as { message?: unknown; code?: unknown };
  return { type: "object", message: String(message), ...(code === undefined ? {} : { code }) };
}

let made: Logger | undefined;
/** For tests of what is logged: from now on every line of every level goes there. */
export function redirectLog(to: DestinationStream): void {
  made = createLog(to);
  made.level = "trace";
}
/** One JSON object per line on standard output. Made on first use, so that importing this needs no environment. */
export const log: Logger = new Proxy({} as Logger, {
  get(_, name) {
    made ??= createLog();
    const value: unknown = Reflect.get(made, name);
    return typeof value === "function" ? value.bind(made) : value;
  },
});

/** What every line of the log carries that is written while something is being done. */
export interface LogContext {
  requestId?: string;
  deploymentId?: string;
  phase?: string;
}

// Next loads a module once per route bundle; there is one storage per process all the same.
const shared = globalThis as { landfallLogContext?: AsyncLocalStorage<LogContext> };
const storage = () => {
  shared.landfallLogContext ??= new AsyncLocalStorage();
  return shared.landfallLogContext;
};

/** Everything that is logged during the work, also by what it waits for, carries these beside what it carried before. */
export function withLogContext<T>(context: LogContext, work: () => T): T {
  return storage().run({ ...logContext(), ...context }, work);
}

export function logContext(): LogContext {
  return storage().getStore() ?? {};
}
