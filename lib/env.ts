import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import * as z from "zod";
import { DokployKey, DokployUrl } from "@/lib/contracts/dokploy";
import { isImageReference } from "@/lib/contracts/image-reference";
import {
  isBaseFolder,
  isHostAddress,
  isHostKeyLine,
  isSshUser,
  STANDARD_BASE,
  withoutNames,
} from "@/lib/contracts/ssh";
import { DomainSuffix, VolumePattern } from "@/lib/contracts/template";

/** The only reader of process.env. Every setting is optional; `.env.example` lists them with what they do. */

const text = z.string().trim().min(1).optional();
const flag = z.enum(["0", "1", "true", "false"]).transform((value) => value === "1" || value === "true");
const ms = (standard: number) => z.coerce.number().int().min(1).default(standard);
const paths = (value: string) =>
  value
    .split(":")
    .filter(Boolean)
    .map((path) => resolve(path));

const Settings = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]).default("production"),
  PORT: z.coerce.number().int().min(1).max(65_535).default(3000),
  HOST: text.default("127.0.0.1"),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_PASSWORD: text,
  LANDFALL_DATA_DIR: z
    .string()
    .default("./.data")
    .transform((path) => resolve(path)),
  /** Several while one takes over from another: the first seals, all open (lib/secrets/key-ring.ts). */
  LANDFALL_SECRET_KEY: z
    .string()
    .trim()
    .regex(/^[0-9a-f]{64}([\s,]+[0-9a-f]{64})*$/i, { error: "must be 64 hexadecimal digits (32 bytes)" }),
  LANDFALL_SOURCE_ROOTS: z.string().default("./examples").transform(paths),
  LANDFALL_ADMIN_EMAIL: z.email().optional(),
  LANDFALL_ADMIN_PASSWORD: z.string().min(12).optional(),
  LANDFALL_DEMO: flag.default(true),
  LANDFALL_THIS_MACHINE: flag.default(true),
  LANDFALL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** What a service on this machine is reachable at; the host part of its URL. */
  LANDFALL_PUBLIC_HOST: text.default("localhost"),
  NEXTAUTH_URL: z.url().optional(),
  NEXTAUTH_SECRET: text,
  GITHUB_ID: text,
  GITHUB_SECRET: text,
  GITLAB_ID: text,
  GITLAB_SECRET: text,
  GITLAB_URL: text,
  GITEA_ID: text,
  GITEA_SECRET: text,
  GITEA_URL: text,
  OIDC_ID: text,
  OIDC_SECRET: text,
  OIDC_ISSUER: text,
  SERVER_HOST: text.refine((host) => host === undefined || isHostAddress(host), {
    error: "must be a DNS name or an IP address",
  }),
  SERVER_PORT: z.coerce.number().int().min(1).max(65_535).default(22),
  SERVER_USER: z.string().refine(isSshUser, { error: "must be the name of a user" }).default("root"),
  SSH_KEY_PATH: z
    .string()
    .regex(/^~?\//, { error: "must be a whole path" })
    .transform((path) => path.replace(/^~/, homedir()))
    .optional(),
  SSH_AUTH_SOCK: text,
  SERVER_HOST_KEY: z
    .string()
    .overwrite(withoutNames)
    .refine(isHostKeyLine, { error: "must be a line as ssh-keyscan prints it" })
    .optional(),
  SERVICES_DIR: z
    .string()
    .refine(isBaseFolder, { error: "must be a whole path without spaces, and no folder of the system" })
    .default(STANDARD_BASE),
  DEPLOYMENT_METHOD: z.enum(["docker", "systemd", "process"]).default("docker"),
  REGISTRY_URL: z.url().optional(),
  REGISTRY_TOKEN: text,
  DOKPLOY_URL: DokployUrl.optional(),
  DOKPLOY_API_TOKEN: DokployKey.optional(),
  /** Where its proxy answers for the domains of stacks. */
  DOKPLOY_HTTP_PORT: z.coerce.number().int().min(1).max(65_535).default(80),
  DOKPLOY_HTTPS_PORT: z.coerce.number().int().min(1).max(65_535).default(443),
  STACK_IMAGE: text.refine((image) => image === undefined || isImageReference(image), {
    error: "must name an image, as in ghcr.io/acme/workspace:1.4",
  }),
  STACK_PORT: z.coerce.number().int().min(1).max(65_535).default(8080),
  STACK_DOMAIN_SUFFIX: text.refine((suffix) => suffix === undefined || DomainSuffix.safeParse(suffix).success, {
    error: "must be a domain name, as in apps.example.com",
  }),
  STACK_HTTPS: flag.default(true),
  STACK_VOLUME: z
    .string()
    .refine((pattern) => VolumePattern.safeParse(pattern).success, {
      error: "must be small letters, digits and hyphens with {name} among them",
    })
    .default("portal-ai-workspace-{name}"),
  STACK_VOLUME_PATH: z
    .string()
    .regex(/^\/[^\0]*$/, { error: "must be a whole path" })
    .default("/workspace"),
  /** How long a new stack has to go on answering before it counts. */
  STACK_STABILITY_MS: z.coerce.number().int().min(0).max(600_000).default(10_000),
  RESERVED_NAMES: z
    .string()
    .default("admin,api,www,root,system,test,demo,portal,deploy")
    .transform((value) =>
      value
        .split(",")
        .map((name) => name.trim())
        .filter(Boolean),
    ),
  HEALTH_TIMEOUT_MS: z.coerce.number().int().min(1_000).max(600_000).default(60_000),
  HEALTH_INTERVAL_MS: z.coerce.number().int().min(50).max(60_000).default(5_000),
  DEPLOY_TIMEOUT_MS: ms(600_000),
  PHASE_TIMEOUT_MS: ms(600_000),
  /** Every free place asks the queue when something arrives, so places that stay empty cost time. */
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
  /** How often what runs is compared with what should; this machine at least every 10 seconds. */
  DRIFT_INTERVAL_MS: ms(30_000),
  RATE_LIMIT_RPM: z.coerce.number().int().min(1).default(60),
  /** Newest artifacts kept per service, and how long the previous release stays whatever their number. */
  RELEASES_KEPT: z.coerce.number().int().min(1).default(3),
  PREVIOUS_RELEASE_DAYS: z.coerce.number().int().min(0).default(7),
  LOG_RETENTION_DAYS: z.coerce.number().int().min(1).default(90),
  /** A cron expression in UTC, or `off`. */
  BACKUP_SCHEDULE: z
    .string()
    .regex(/^(off|(\S+ +){4}\S+)$/, { error: "must be a cron expression with five fields, or off" })
    .default("0 3 * * *"),
  /** Newest archives kept in a storage. */
  BACKUP_KEEP: z.coerce.number().int().min(1).max(1_000).default(10),
  BACKUP_PASSPHRASE: z.string().min(12).optional(),
  BACKUP_FILES: z.string().default("").transform(paths),
  /** `backups` in the data directory when unset. */
  BACKUP_DIR: z
    .string()
    .transform((path) => resolve(path))
    .optional(),
  /** With it archives go to S3-compatible storage and not to a folder. */
  BACKUP_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  BACKUP_S3_BUCKET: text,
  BACKUP_S3_REGION: text.default("auto"),
  BACKUP_S3_PREFIX: z.string().default(""),
  BACKUP_S3_ACCESS_KEY_ID: text,
  BACKUP_S3_SECRET_ACCESS_KEY: text,
  /** Of an uploaded archive, in megabytes (millions of bytes). */
  UPLOAD_LIMIT_MB: z.coerce.number().int().min(1).max(100_000).default(256),
  /** What a Prometheus server sends to read /api/metrics; without it only this machine may. */
  METRICS_TOKEN: z.string().min(16, { error: "must have 16 characters or more" }).optional(),
  /** Where traces go over OTLP; everything else of OpenTelemetry is read by its own library. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url().optional(),
  OTEL_SERVICE_NAME: text,
});
export type Env = z.infer<typeof Settings>;

/** Throws one error that lists every wrong variable by name; values are not repeated, they may be secret. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const result = Settings.safeParse(withFiles(source));
  if (result.success) return withPassword(result.data);
  throw unusable(result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`));
}

/**
 * The settings that are given, where `NAME_FILE` stands for `NAME`: what the file holds, without the line end that
 * editors leave. Throws one error that names every setting whose file cannot be read.
 */
export function withFiles(source: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== "")) as NodeJS.ProcessEnv;
  const wrong: string[] = [];
  for (const name of Object.keys(Settings.shape)) {
    const { [`${name}_FILE`]: file, [name]: value } = given;
    if (file === undefined) continue;
    delete given[`${name}_FILE`];
    if (value !== undefined) wrong.push(`${name}: is given twice, by ${name}_FILE as well`);
    else given[name] = readSetting(file, (reason) => wrong.push(`${name}_FILE: ${file} cannot be read (${reason})`));
  }
  if (wrong.length > 0) throw unusable(wrong);
  return given;
}

function readSetting(file: string, complain: (reason: string | undefined) => void): string | undefined {
  try {
    return readFileSync(/* turbopackIgnore: true */ file, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    complain((error as NodeJS.ErrnoException).code);
    return undefined;
  }
}

/** The password may stand apart from the address, in the file that Postgres itself reads it from. */
function withPassword(env: Env): Env {
  if (env.DATABASE_PASSWORD === undefined) return env;
  const url = new URL(env.DATABASE_URL);
  url.password ||= encodeURIComponent(env.DATABASE_PASSWORD);
  return { ...env, DATABASE_URL: url.href };
}

function unusable(wrong: string[]): Error {
  const lines = wrong.map((line) => `  ${line}`).join("\n");
  return new Error(
    `The environment has settings Landfall cannot use:\n${lines}\nSee .env.example for what each one means.`,
  );
}

let read: Env | undefined;
/** Read on first use and not at import, so that `next build` needs no database. */
export const env: Env = new Proxy({} as Env, {
  get: (_, name: keyof Env) => {
    read ??= readEnv();
    return read[name];
  },
});

/** Where the installation's keys are when they stand in a file; it may change while we run. */
export function secretKeyFile(source: NodeJS.ProcessEnv = process.env): string | undefined {
  return source.LANDFALL_SECRET_KEY_FILE || undefined;
}

/** What a command needs to work as it would in a person's shell; nothing of Landfall's own settings is among it. */
const PASSED_ON =
  /^(HOME|USER|LOGNAME|LANG|LC_ALL|TZ|TMPDIR|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|npm_config_registry|PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|CERT))$/i;
const STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The environment of commands on this machine. This Node comes first on PATH; what npm put there for its scripts is
 * left out, or a build could find Landfall's own tools.
 */
export function minimalEnvironment(source: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const passed = Object.entries(source).filter(
    (entry): entry is [string, string] => PASSED_ON.test(entry[0]) && entry[1] !== undefined,
  );
  const inherited = (source.PATH ?? STANDARD_PATH)
    .split(":")
    .filter((folder) => !/node_modules\/\.bin|node-gyp-bin/.test(folder));
  return {
    LANG: "C.UTF-8",
    HOME: homedir(),
    ...Object.fromEntries(passed),
    PATH: [dirname(process.execPath), ...inherited].join(":"),
  };
}
