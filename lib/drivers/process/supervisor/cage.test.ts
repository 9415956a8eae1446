import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { endAllOf, forgetUsers, signalMarked } from "./cage";

const MARK = "LANDFALL_RUN=0:shop:1";
let base = "";
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "landfall-cage-"));
});
afterEach(() => rm(base, { recursive: true, force: true }));

/** The signal that ended a process of this user, after the user got a service's home and the service was ended. */
async function signalOf(user: number): Promise<string | null> {
  await mkdir(join(base, "shop/home"), { recursive: true });
  await chown(join(base, "shop/home"), user, user);
  const env = { LANDFALL_RUN: "0:shop:1", PATH: "/usr/bin:/bin" } as unknown as NodeJS.ProcessEnv;
  const child = spawn("sleep", ["60"], { uid: user, gid: user, cwd: "/", env, stdio: "ignore" });
  await once(child, "spawn");
  const ended = once(child, "exit");
  const service = { base, serviceName: "shop" };
  for (const [file, ...args] of [signalMarked(service, MARK, "TERM"), endAllOf(service)]) execFileSync(file, args);
  child.kill("SIGHUP");
  const [, signal] = (await ended) as [number | null, string | null];
  return signal;
}

// Only root has users for its services.
test.runIf(process.getuid?.() === 0)(
  "a service is ended with its own number, and never with a user of the host's who had its home as a unit",
  async () => {
    expect(await signalOf(59_990)).toMatch(/^SIG(TERM|KILL)$/);
    expect(await signalOf(12_345)).toBe("SIGHUP");
  },
);

/** With separate lists instead of the machine's: their content after a base directory was forgotten. */
async function listsAfterForgetting(base: string, known: readonly string[]): Promise<string[]> {
  await mkdir("/var/lib/landfall", { recursive: true });
  const lists = `
    mount -t tmpfs none /var/lib/landfall
    cd /var/lib/landfall
    echo 1879048199 >next-user
    printf '%s\\n' ${known.join(" ")} >bases
    "$@"
    cat bases next-user`;
  const args = ["--mount", "sh", "-ec", lists, "sh", ...forgetUsers(base)];
  return execFileSync("unshare", args, { encoding: "utf8" }).trim().split("\n");
}

test.runIf(process.getuid?.() === 0)("a base directory on a disk that is not mounted keeps its numbers", async () => {
  const away = "/mnt/away/services";
  expect(await listsAfterForgetting(base, [base, away])).toEqual([away, "1879048199"]);
});
