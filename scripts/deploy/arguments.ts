import { parseArgs } from "node:util";
import { Problem } from "@/lib/contracts/problem";
import { ENVIRONMENTS, type EnvironmentName } from "@/lib/self/installation";
import { TIMESTAMP } from "@/lib/self/release";

export interface Arguments {
  kind: "deploy" | "rollback";
  environment: EnvironmentName;
  /** The release to roll back to; when absent, all are listed. */
  timestamp: string | undefined;
  yes: boolean;
  /** `[user@]name[:port]`, in place of the environment file's; `local` is this machine. */
  host: string | undefined;
  /** How long a new web server may take to become healthy. */
  healthTimeoutMs: number;
}

const USAGE = `Use it like this:
npm run deploy:staging [-- --yes] [-- --host root@server] [-- --health-timeout 90]
npm run deploy:production
npm run deploy:rollback [timestamp] [-- --environment staging]`;

const HEALTH_TIMEOUT_S = 90;

/** Throws `cannot-update` with the usage. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args);
  const [first = "", timestamp, ...rest] = positionals;
  const kind = first === "rollback" ? "rollback" : "deploy";
  const environment = environmentNamed(kind === "deploy" ? first : (values.environment ?? "production"));
  const isTimeWrong = timestamp !== undefined && (kind === "deploy" || !TIMESTAMP.test(timestamp));
  const healthTimeout = Number(values["health-timeout"] ?? HEALTH_TIMEOUT_S);
  const isTimeoutWrong = !(healthTimeout >= 1 && healthTimeout <= 3_600);
  if (!environment || rest.length > 0 || isTimeWrong || isTimeoutWrong)
    throw new Problem("cannot-update", { detail: USAGE });
  const healthTimeoutMs = healthTimeout * 1_000;
  return { kind, environment, timestamp, yes: values.yes ?? false, host: values.host, healthTimeoutMs };
}

function environmentNamed(name: string): EnvironmentName | undefined {
  return ENVIRONMENTS.find((known) => known === name);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        yes: { type: "boolean" },
        host: { type: "string" },
        environment: { type: "string" },
        "health-timeout": { type: "string" },
      },
    });
  } catch (cause) {
    throw new Problem("cannot-update", { detail: `${(cause as Error).message}\n${USAGE}`, cause });
  }
}
