import pino, { type Logger } from "pino";
import { env } from "@/lib/env";

const SECRET_FIELDS = ["authorization", "cookie", "password", "secret", "token", "x-api-key"];

function create(): Logger {
  return pino({
    level: env.LANDFALL_LOG_LEVEL,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: pino.stdSerializers.errWithCause },
    redact: {
      paths: SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`, `*.headers["${field}"]`]),
      censor: "[redacted]",
    },
  });
}

let made: Logger | undefined;
/** One JSON object per line on standard output. Made on first use, so that importing this needs no environment. */
export const log: Logger = new Proxy({} as Logger, {
  get(_, name) {
    made ??= create();
    const value: unknown = Reflect.get(made, name);
    return typeof value === "function" ? value.bind(made) : value;
  },
});
