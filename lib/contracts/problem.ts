import * as z from "zod";

/**
 * Every failure that Landfall reports, with the HTTP status of a request that ends with it. A new failure is a line
 * here and its sentence in lib/platform/i18n/messages (a test requires it). The second group ends deployments; its
 * status applies when a request meets the same failure.
 */
export const PROBLEMS = {
  // Requests
  "invalid-request": 400,
  "malformed-json": 400,
  "body-too-large": 413,
  "unsupported-media-type": 415,
  "malformed-form": 400,
  "malformed-address": 400,
  "request-timeout": 408,
  "archive-invalid": 422,
  "upload-too-large": 413,
  "storage-full": 507,
  unauthenticated: 401,
  "sign-in-failed": 401,
  "second-factor-required": 401,
  "second-factor-wrong": 422,
  "second-factor-exists": 409,
  "second-factor-unset": 403,
  "password-wrong": 422,
  "password-common": 422,
  "account-linked": 409,
  forbidden: 403,
  "cross-origin": 403,
  "not-found": 404,
  "method-not-allowed": 405,
  "confirmation-required": 428,
  "name-taken": 409,
  "port-taken": 409,
  "email-taken": 409,
  "idempotency-key-reused": 409,
  "no-current-release": 409,
  "no-previous-release": 409,
  "release-not-restorable": 409,
  "deployment-not-cancellable": 409,
  "deployment-not-retryable": 409,
  "target-disabled": 409,
  "target-not-granted": 403,
  "choice-not-granted": 403,
  "target-in-use": 409,
  "target-unset": 409,
  "host-key-unconfirmed": 409,
  "read-only": 409,
  "last-admin": 409,
  "template-in-use": 409,
  "made-by-template": 409,
  "stacks-unconfigured": 409,
  "not-an-orphan": 409,
  "rate-limited": 429,
  "too-many-streams": 429,
  "database-unavailable": 503,
  "service-not-running": 409,
  "sealed-with-other-key": 500,
  internal: 500,

  // Deployments
  "source-missing": 422,
  "source-outside-roots": 422,
  "source-not-deployable": 422,
  "source-not-a-folder": 422,
  "source-unreadable": 422,
  "source-changed": 409,
  "source-file-invalid": 422,
  "source-link-outside": 422,
  "source-name-invalid": 422,
  "dockerfile-missing": 422,
  "image-invalid": 422,
  "buildkit-missing": 422,
  "dockerfile-refused": 422,
  "registry-leads-inward": 422,
  "package-above": 409,
  "runtime-unfit": 409,
  "git-address-refused": 422,
  "git-unreachable": 502,
  "git-certificate-invalid": 502,
  "git-host-key-unknown": 409,
  "git-host-key-changed": 502,
  "git-access-refused": 422,
  "git-repository-missing": 422,
  "git-moved": 422,
  "git-empty": 422,
  "git-ref-missing": 422,
  "git-commit-missing": 422,
  "git-folder-missing": 422,
  "git-submodule-refused": 422,
  "git-large-file-missing": 422,
  "git-too-large": 413,
  "git-failed": 502,
  "git-not-applicable": 409,
  "hook-signature-old": 401,
  "hook-unreadable": 422,
  "delivery-not-redeliverable": 409,
  "owner-disabled": 403,
  "settings-invalid": 422,
  "host-unreachable": 502,
  "host-lost": 502,
  "host-key-changed": 502,
  "ssh-auth-failed": 422,
  "sudo-refused": 422,
  "ssh-key-unreadable": 422,
  "ssh-key-public": 422,
  "ssh-key-locked": 422,
  "ssh-key-passphrase-wrong": 422,
  "ssh-key-file-unreadable": 422,
  "ssh-key-file-exposed": 422,
  "ssh-agent-missing": 422,
  "base-unusable": 422,
  "tool-missing": 422,
  "disk-full": 507,
  "port-in-use": 409,
  "transfer-failed": 502,
  "engine-unreachable": 502,
  "engine-refused": 502,
  "image-not-found": 422,
  "image-sign-in-refused": 422,
  "image-pull-failed": 502,
  "build-failed": 422,
  "unit-invalid": 422,
  "start-failed": 422,
  "release-command-failed": 422,
  "before-switch-failed": 422,
  "after-switch-failed": 422,
  "service-exited": 422,
  "process-exited": 422,
  "process-check-failed": 422,
  "processes-held-back": 409,
  "health-failed": 422,
  "health-path-missing": 422,
  "health-redirected": 422,
  "health-tls": 422,
  "port-not-opened": 422,
  "port-elsewhere": 422,
  "out-of-memory": 422,
  "address-in-use": 409,
  "outage-expected": 409,
  "switch-failed": 502,
  "edge-failed": 502,
  "no-edge": 409,
  "assets-not-kept": 409,
  "unstable-after-switch": 422,
  "platform-unreachable": 502,
  "platform-lost": 502,
  "platform-failed": 502,
  "platform-key-refused": 422,
  "platform-key-limited": 422,
  "platform-forbidden": 422,
  "platform-refused": 422,
  "platform-unsupported": 422,
  "platform-untested": 409,
  "platform-gone": 409,
  "platform-leftover": 409,
  "platform-gap": 422,
  "platform-no-ipvs": 422,
  "platform-deploy-failed": 422,
  "platform-deploy-lost": 502,
  "domain-taken": 409,
  "domain-unresolved": 422,
  "certificate-pending": 409,
  "volume-kept": 409,
  "environment-unwritable": 422,
  "registration-failed": 502,
  "phase-timeout": 504,
  "deployment-timeout": 504,
  "deployment-cancelled": 409,
  "deployment-superseded": 409,
  "worker-lost": 503,
  "undo-failed": 500,
  "restore-failed": 502,
  "release-gone": 409,
  "command-failed": 422,

  // Notifications
  "channel-address-refused": 422,
  "channel-unreachable": 502,
  "channel-refused": 502,
  "receiver-disabled": 409,
  "too-many-channels": 409,
  "too-many-rules": 409,

  // Backups
  "backup-running": 409,
  "backup-interrupted": 503,
  "backup-failed": 500,
  "backup-storage-failed": 502,
  "backup-missing": 404,
  "backup-damaged": 422,
  "backup-newer": 422,
  "backup-passphrase-wrong": 422,
  "backup-key-wrong": 422,
  "backup-unprovable": 422,
  "backup-differs": 500,
  "restore-refused": 409,
  "restore-reverted": 500,

  // Startup: `detail` is the whole sentence, for the terminal.
  "cannot-start": 503,
  "cannot-update": 409,
  "database-newer": 503,
  "migration-changed": 503,
  "migration-failed": 500,
} as const satisfies Record<string, number>;

export type ProblemCode = keyof typeof PROBLEMS;
const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** Values for the placeholders of the sentence. Never a secret: they are stored and shown. */
export const ProblemParams = z.record(z.string(), z.union([z.string(), z.number()]));
export type ProblemParams = z.infer<typeof ProblemParams>;

/** A failure as stored and sent. The reader's language formats code and params as a sentence. */
export const ProblemData = z.object({
  code: z.enum(codes),
  params: ProblemParams.default({}),
  /** The cause as the machine reported it (masked): a line of output, an exit code, an HTTP status. */
  detail: z.string().optional(),
  /** The line of the deployment's log with the cause. */
  line: z.int().optional(),
});
export type ProblemData = z.infer<typeof ProblemData>;

/**
 * The line of the machine's output that names the cause, without terminal codes. It is the exit code only when there is
 * no other output. Undefined without output.
 */
export function causeLineOf({ detail }: Pick<ProblemData, "detail">): string | undefined {
  const lines = (detail ?? "")
    .replaceAll(TERMINAL_CODE, "")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.find((line) => !EXIT_CODE.test(line)) ?? lines[0];
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal code begins with
const TERMINAL_CODE = /\u001b\[[0-9;?]*[A-Za-z]/g;
const EXIT_CODE = /^exit code \d+$/;

export interface FieldError {
  /** The path of the invalid value: ["environment", "2BAD"]. */
  path: (string | number)[];
  /** Stable: zod's issue code or one of ours. lib/web/http formats the sentence in the caller's language. */
  code: string;
  /** Repeats the code when a command found the error: lib/web/http formats the sentence. */
  message: string;
  /** The values of that sentence; when absent, those of the problem. */
  params?: ProblemParams;
}

/** The only error class of ours. `cause` is logged and never shown. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly params: ProblemParams;
  readonly detail: string | undefined;
  readonly line: number | undefined;
  readonly fields: readonly FieldError[];

  constructor(
    code: ProblemCode,
    options: {
      params?: ProblemParams;
      detail?: string;
      /** The line number in the deployment's log, when the detail is a line of it. */
      line?: number;
      fields?: readonly FieldError[];
      cause?: unknown;
    } = {},
  ) {
    super(options.detail ? `${code}: ${options.detail}` : code, { cause: options.cause });
    this.name = "Problem";
    this.code = code;
    this.params = options.params ?? {};
    this.detail = options.detail;
    this.line = options.line || undefined;
    this.fields = options.fields ?? [];
  }

  toData(): ProblemData {
    return {
      code: this.code,
      params: this.params,
      ...(this.detail ? { detail: this.detail } : {}),
      ...(this.line ? { line: this.line } : {}),
    };
  }
}

/** One invalid field that the schema could not find (a port in use, a path outside the roots). */
export function fieldProblem(path: FieldError["path"], code: ProblemCode, params?: ProblemParams): Problem {
  return new Problem(code, { params, fields: [{ path, code, message: code }] });
}
