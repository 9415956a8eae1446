import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import type { HostPlace } from "@/lib/drivers/driver";
import { LocalHost } from "@/lib/hosts/local-host";
import { canReach, makeSharedDirectory, SHARED_DIRECTORY } from "@/lib/platform/db/shared-directory";
import { env } from "@/lib/platform/env";
import { machineQueue } from "@/lib/platform/queue/queues";
import { hostConnection, hostKind } from "./host-target";
import { type StoredTarget, type TargetKind, unreachable } from "./kind";
import { machineId } from "./machine-id";

/** The machine that a process of Landfall runs on. Only processes of that machine reach it. */

/** This machine is compared without any network, so lost services are restored soon. */
const COMPARE_EVERY_MS = 10_000;

export const localKind: TargetKind = {
  ...hostKind(openLocal),
  description: null,
  isServer: false,
  get compareEveryMs() {
    return Math.min(COMPARE_EVERY_MS, env.DRIFT_INTERVAL_MS);
  },
  health: null,
  isHere,
  connect: async (target) => hostConnection(await openLocal(target)),
  queue: ({ settings }) => machineQueue(LocalSettings.parse(settings).machine),
  view: () => ({ ssh: null, dokploy: null }),
};

const LocalSettings = z.object({ machine: z.string() });

/** The machine of such a target; undefined for settings of another kind. */
export function machineOf({ settings }: Pick<StoredTarget, "settings">): string | undefined {
  return LocalSettings.safeParse(settings).data?.machine;
}

async function isHere({ settings }: StoredTarget): Promise<boolean> {
  return LocalSettings.parse(settings).machine === (await machineId());
}

async function openLocal(target: StoredTarget): Promise<HostPlace> {
  if (!(await isHere(target)))
    throw unreachable(target, "another machine, which only a worker that runs there reaches");
  return { host: new LocalHost({ publicHost: publicHostHere() }), base: await localBase(env.LANDFALL_DATA_DIR) };
}

/** The public name of the console: its services are on the same machine. */
function publicHostHere(): string | undefined {
  if (env.LANDFALL_PUBLIC_HOST !== undefined || !env.NEXTAUTH_URL) return env.LANDFALL_PUBLIC_HOST;
  return new URL(env.NEXTAUTH_URL).hostname.replace(/^\[|\]$/g, "");
}

const run = promisify(execFile);

/** Represents the users of services: it has no more permissions than any user. */
const ANYONE = { uid: 65_534, gid: 65_534 };

const opened = new Map<string, Promise<string>>();

/**
 * The folder of this machine's services, in the data directory. As root, services have users of their own: those may
 * pass through the data directory but not list it. Where they cannot reach it at all (a clone in /root), the services
 * are in a directory outside of it, and a link points there, so that the path stays the same.
 */
function localBase(dataDirectory: string): Promise<string> {
  const known = opened.get(dataDirectory);
  if (known) return known;
  const base = open(dataDirectory);
  opened.set(dataDirectory, base);
  base.catch(() => opened.delete(dataDirectory));
  return base;
}

async function open(dataDirectory: string): Promise<string> {
  const base = join(dataDirectory, "services");
  if (process.getuid?.() !== 0) return base;
  await mkdir(dataDirectory, { recursive: true });
  await chmod(dataDirectory, 0o711);
  if (!canReach(dataDirectory, ANYONE)) await keepOutside(base);
  return base;
}

/** Of several processes that start concurrently, one creates the link and the others find it. */
async function keepOutside(base: string): Promise<void> {
  const before = await lstat(base).catch(unlessMissing);
  if (before?.isSymbolicLink()) return;
  await makeSharedDirectory();
  // A random name: another clone at this path is another Landfall.
  const outside = join(SHARED_DIRECTORY, `services-${randomBytes(6).toString("hex")}`);
  if (before)
    await run("mv", ["--", base, outside]); // it may be another disk
  else await mkdir(outside, { mode: 0o711 });
  await symlink(outside, base).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}
