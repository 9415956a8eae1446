import { type FieldError, Problem, type ProblemParams } from "@/lib/contracts/problem";
import type { Volume } from "@/lib/contracts/service";
import { revealAll, type Secrets } from "@/lib/platform/secrets/secret";
import { ProcessTexts } from "./setting-shapes";

/** A service's needs, besides the settings that a driver's schema checks. Unknown values are absent. */
export interface Wanted {
  domain?: string | null;
  volumes?: readonly Volume[];
  settings?: unknown;
  environment?: Secrets | undefined;
}

/** A field with a value that the driver cannot support. Its code has a message under `fields` or `problems`. */
export interface Refusal {
  path: FieldError["path"];
  code: string;
  params?: ProblemParams;
}

export type Refuses = (wanted: Wanted) => Refusal[];

/**
 * In Validation: throws `settings-invalid` with the first field that the driver refuses. Saving a service checks the same,
 * so this only happens to a service that an older version saved.
 */
export function refuseUnfit(refuses: Refuses, { spec, environment }: { spec: Wanted; environment: Secrets }): void {
  const [first] = refuses({ ...spec, environment });
  if (first) throw new Problem("settings-invalid", { params: { field: first.path.join(".") }, detail: first.code });
}

/** Each volume whose path a driver cannot use. */
export function volumeRefusals(
  volumes: readonly Volume[] = [],
  isUsable: (path: string, others: readonly string[]) => boolean,
): Refusal[] {
  return volumes.flatMap(({ path }, index) => {
    const others = volumes.filter((_, other) => other !== index).map((volume) => volume.path);
    return isUsable(path, others) ? [] : [{ path: ["volumes", index, "path"], code: "volume-path-not-usable" }];
  });
}

/** Each command of a process type that the driver cannot run: `wrong` answers why, null for one that it can. */
export function refusedCommands(
  settings: unknown,
  wrong: (text: string, field: "command" | "check") => string | null,
): Refusal[] {
  const { processes } = ProcessTexts.safeParse(settings ?? {}).data ?? { processes: {} };
  return Object.entries(processes).flatMap(([type, { command = "", check = "", replicas }]) =>
    (["command", "check"] as const).flatMap((field): Refusal[] => {
      const code = replicas === 0 ? null : wrong(field === "command" ? command : check, field);
      return code === null ? [] : [{ path: ["settings", "processes", type, field], code }];
    }),
  );
}

/** Linux takes no longer string, its terminating NUL included. */
const MAX_VARIABLE_BYTES = 131_072;

/** Each variable that is too long for a program on Linux, measured in bytes. */
export function tooLongVariables(environment: Secrets = {}): Refusal[] {
  return Object.entries(revealAll(environment)).flatMap(([name, value]): Refusal[] => {
    const isTooLong = Buffer.byteLength(`${name}=${value}`) >= MAX_VARIABLE_BYTES;
    const params = { limit: MAX_VARIABLE_BYTES - name.length - 2 };
    return isTooLong ? [{ path: ["environment", name], code: "too-long", params }] : [];
  });
}

export function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
