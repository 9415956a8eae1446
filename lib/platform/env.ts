import { readFileSync } from "node:fs";
import { isIP } from "node:net";
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
import { Secret } from "@/lib/platform/secrets/secret";

/** The only reader of process.env. Every setting is optional; `.env.example` lists and explains them. */

const text = z.string().trim().min(1).optional();
/** Secrets are wrapped here, so that nothing prints them by accident. */
const secret = <T extends string | undefined>(shape: z.ZodType<T>) =>
  shape.transform((value) => (value === undefined ? undefined : new Secret(value)));
const secretText = secret(text);
/** With or without a password. */
const databaseAddress = z.url({ protocol: /^postgres(ql)?$/ });
const flag = z.enum(["0", "1", "true", "false"]).transform((value) => value === "1" || value === "true");
const ms = (standard: number) => z.coerce.number().int().min(1).default(standard);
const hosts = z
  .string()
  .default("")
  .transform((value) =>
    value
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  );
const paths = (value: string) =>
  value
    .split(":")
    .filter(Boolean)
    .map((path) => resolve(path));

const NETWORKS: Partial<Record<string, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
};

/** `10.0.0.7, 192.168.0.0/16, loopback`, each as an address and a prefix length. */
function networks(value: string, context: z.RefinementCtx): { address: string; prefix: number }[] {
  const words = value.split(/[\s,]+/).filter(Boolean);
  return words
    .flatMap((word) => NETWORKS[word] ?? [word])
    .flatMap((word) => {
      const [address = "", length] = word.split("/");
      const longest = isIP(address) === 6 ? 128 : 32;
      const prefix = length === undefined ? longest : Number(length);
      if (isIP(address) !== 0 && Number.isInteger(prefix) && prefix >= 0 && prefix <= longest)
        return [{ address, prefix }];
      context.addIssue({
        code: "custom",
        message: `${word} is no address, no network, and neither loopback nor private`,
      });
      return [];
    });
}

const Settings = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]).default("production"),
  PORT: z.coerce.number().int().min(1).max(65_535).default(3000),
  HOST: text.default("127.0.0.1"),
  DATABASE_URL: databaseAddress.transform((address) => new Secret(address)),
  DATABASE_PASSWORD: secretText,
  /** The role that owns the tables; DATABASE_URL's then only uses them (lib/platform/db/application-role.ts). */
  DATABASE_OWNER_URL: secret(databaseAddress.optional()),
  DATABASE_OWNER_PASSWORD: secretText,
  LANDFALL_DATA_DIR: z
    .string()
    .default("./.data")
    .transform((path) => resolve(path)),
  /** Several during a key rotation: the first encrypts, all decrypt (lib/platform/secrets/key-ring.ts). */
  LANDFALL_SECRET_KEY: z
    .string()
    .trim()
    .regex(/^[0-9a-f]{64}([\s,]+[0-9a-f]{64})*$/i, { error: "must be 64 hexadecimal digits (32 bytes)" })
    .transform((digits) => new Secret(digits)),
  LANDFALL_SOURCE_ROOTS: z.string().default("./examples").transform(paths),
  LANDFALL_ADMIN_EMAIL: z.email().optional(),
  LANDFALL_ADMIN_PASSWORD: secret(z.string().min(12).optional()),
  LANDFALL_DEMO: flag.default(true),
  LANDFALL_THIS_MACHINE: flag.default(true),
  LANDFALL_HEARTBEAT_FILE: text,
  LANDFALL_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** The host of services on this machine; when absent, the host of NEXTAUTH_URL. */
  LANDFALL_PUBLIC_HOST: text,
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted: addresses, networks, `loopback`, `private`. */
  LANDFALL_TRUSTED_PROXIES: z.string().default("").transform(networks),
  /** Require a second factor for every sign-in with a password; otherwise only of people an administrator chose. */
  LANDFALL_REQUIRE_SECOND_FACTOR: flag.default(false),
  NEXTAUTH_URL: z.url().optional(),
  NEXTAUTH_SECRET: secretText,
  GITHUB_ID: text,
  GITHUB_SECRET: secretText,
  GITLAB_ID: text,
  GITLAB_SECRET: secretText,
  GITLAB_URL: text,
  GITEA_ID: text,
  GITEA_SECRET: secretText,
  GITEA_URL: text,
  OIDC_ID: text,
  OIDC_SECRET: secretText,
  OIDC_ISSUER: text,
  /** Providers whose verified addresses identify a person: their sign-ins are linked by address. */
  OAUTH_TRUST_EMAIL: z
    .string()
    .default("github,gitlab.com")
    .transform((value) => value.split(/[\s,]+/).filter(Boolean)),
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
  REGISTRY_TOKEN: secretText,
  DOKPLOY_URL: DokployUrl.optional(),
  DOKPLOY_API_TOKEN: secret(DokployKey.optional()),
  /** The ports of its proxy for the domains of stacks. */
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
  STACK_HEALTH_COMMAND: text,
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
  /** How long a new stack must stay healthy before its deployment succeeds. */
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
  /** Every free slot polls the queue, so slots that stay empty cost time. */
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
  /** How often actual state is compared with desired state; for this machine, at least every 10 seconds. */
  DRIFT_INTERVAL_MS: ms(30_000),
  RATE_LIMIT_RPM: z.coerce.number().int().min(1).default(60),
  /** Artifacts kept per service, and how long the previous release is kept in addition. */
  RELEASES_KEPT: z.coerce.number().int().min(1).default(3),
  PREVIOUS_RELEASE_DAYS: z.coerce.number().int().min(0).default(7),
  LOG_RETENTION_DAYS: z.coerce.number().int().min(1).default(90),
  /** A cron expression in UTC, or `off`. */
  BACKUP_SCHEDULE: z
    .string()
    .regex(/^(off|(\S+ +){4}\S+)$/, { error: "must be a cron expression with five fields, or off" })
    .default("0 3 * * *"),
  /** Archives kept in a storage, newest first. */
  BACKUP_KEEP: z.coerce.number().int().min(1).max(1_000).default(10),
  BACKUP_PASSPHRASE: secret(z.string().min(12).optional()),
  BACKUP_FILES: z.string().default("").transform(paths),
  /** `backups` in the data directory when unset. */
  BACKUP_DIR: z
    .string()
    .transform((path) => resolve(path))
    .optional(),
  /** When set, archives are stored in S3-compatible storage instead of a folder. */
  BACKUP_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  BACKUP_S3_BUCKET: text,
  BACKUP_S3_REGION: text.default("auto"),
  BACKUP_S3_PREFIX: z.string().default(""),
  BACKUP_S3_ACCESS_KEY_ID: text,
  BACKUP_S3_SECRET_ACCESS_KEY: secretText,
  /** The limit of an uploaded archive, in megabytes (millions of bytes). */
  UPLOAD_LIMIT_MB: z.coerce.number().int().min(1).max(100_000).default(256),
  /** Uploads per person, in megabytes an hour. */
  UPLOAD_LIMIT_MB_PER_HOUR: z.coerce.number().int().min(1).max(10_000_000).default(20_000),
  /** Git servers that everyone may use, in private networks and over plain HTTP too: names, or name:port. */
  LANDFALL_GIT_HOSTS: hosts,
  /** Servers that everyone's notification channels may reach, on this machine and without encryption too. */
  LANDFALL_NOTIFICATION_HOSTS: hosts,
  /** Of one repository on this machine, and of the files of one commit, in MiB. */
  GIT_LIMIT_MB: z.coerce.number().int().min(1).max(100_000).default(2_000),
  /** Of all repositories on one machine, in MiB: the least recently used go first. */
  GIT_CACHE_MB: z.coerce.number().int().min(1).max(1_000_000).default(5_000),
  /** Deliveries to hooks, a minute: of one network address, and of one service. */
  HOOK_LIMIT_RPM: z.coerce.number().int().min(1).default(600),
  /** Requests a minute, and event streams at one time, of one person in one web process. */
  PERSON_LIMIT_RPM: z.coerce.number().int().min(1).default(12_000),
  PERSON_LIMIT_STREAMS: z.coerce.number().int().min(1).default(2_000),
  /** The token of a Prometheus server for /api/metrics; without it, only tokens of administrators and viewers work. */
  METRICS_TOKEN: secret(z.string().min(16, { error: "must have 16 characters or more" }).optional()),
  /** Where traces are sent over OTLP. OpenTelemetry's own library reads its other variables. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url().optional(),
  OTEL_SERVICE_NAME: text,
});
export type Env = z.infer<typeof Settings>;

/** Throws one error that names every invalid variable. Values are not repeated, because they may be secret. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const result = Settings.safeParse(withFiles(source));
  if (result.success) return withPassword(result.data);
  throw unusable(result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`));
}

/**
 * The settings, where `NAME_FILE` sets `NAME` to the content of a file, without the line end that editors add. Throws
 * one error that names every setting whose file cannot be read.
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

/** The password may be separate from the address, in the file that Postgres itself reads. */
function withPassword(env: Env): Env {
  const { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl } = env;
  return {
    ...env,
    DATABASE_URL: addressWith(url, env.DATABASE_PASSWORD),
    ...(ownerUrl !== undefined && { DATABASE_OWNER_URL: addressWith(ownerUrl, env.DATABASE_OWNER_PASSWORD) }),
  };
}

function addressWith(address: Secret, password: Secret | undefined): Secret {
  if (password === undefined) return address;
  const url = new URL(address.reveal());
  url.password ||= encodeURIComponent(password.reveal());
  return new Secret(url.href);
}

function unusable(wrong: string[]): Error {
  const lines = wrong.map((line) => `  ${line}`).join("\n");
  return new Error(
    `The environment has settings Landfall cannot use:\n${lines}\nSee .env.example for what each one means.`,
  );
}

// Next loads a module once per route bundle. Settings are read once per process: secrets leave the environment.
const shared = globalThis as { landfallEnv?: Env };
/** Read on first use and not on import, so that `next build` needs no database. */
export const env: Env = new Proxy({} as Env, {
  get: (_, name: keyof Env) => {
    shared.landfallEnv ??= readEnv();
    return shared.landfallEnv[name];
  },
});

/** Does an environment variable, Landfall's or another's, have a secret's name? The path of a file is not secret. */
export function isSecretSetting(name: string): boolean {
  return (
    /SECRET|PASSW(OR)?D|PASSPHRASE|TOKEN|ACCESS_KEY|DATABASE_URL|OWNER_URL|HEADERS/.test(name) && !/_FILE$/.test(name)
  );
}

/** Deletes the secrets from the environment once they are read, so that no child process inherits them. */
export function forgetSecrets(source: NodeJS.ProcessEnv = process.env): void {
  shared.landfallEnv ??= readEnv(source);
  for (const name of Object.keys(source)) if (isSecretSetting(name)) delete source[name];
}

/** The file of the installation's keys, if they are in one. It may change while the process runs. */
export function secretKeyFile(source: NodeJS.ProcessEnv = process.env): string | undefined {
  return source.LANDFALL_SECRET_KEY_FILE || undefined;
}

/** What a command needs to work as in a person's shell; no setting of Landfall is included. */
const PASSED_ON =
  /^(HOME|USER|LOGNAME|LANG|LC_ALL|TZ|TMPDIR|(https?|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|npm_config_registry|PIP_(INDEX_URL|EXTRA_INDEX_URL|FIND_LINKS|CERT))$/i;
const STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * The environment of commands on this machine. This Node is first on PATH. Entries that npm adds for its scripts are
 * removed, because a build could find Landfall's own tools there.
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
