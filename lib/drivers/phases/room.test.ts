import { expect, test } from "vitest";
import type { TreeEntry } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import type { PhaseContext, SourcePort } from "../driver";
import { checkRoom, installNeeds, transferNeeds } from "./room";
import { resolveSource } from "./transfer";

const MB = 1_000_000;
/** This machine with disks whose sizes the test chooses. */
class HostWithDisks extends LocalHost {
  constructor(readonly free: Record<string, number>) {
    super();
  }
  override async diskFreeBytes(path: string) {
    return this.free[path] ?? 0;
  }
}
const check = (free: Record<string, number>, needs: Parameters<typeof checkRoom>[1]) => {
  const said: string[] = [];
  const ctx = {
    host: new HostWithDisks(free),
    signal: AbortSignal.timeout(60_000),
    log: (line: string) => said.push(line),
  };
  return checkRoom(ctx, needs).then(() => said);
};
const file = (path: string, size: number, digest = path): TreeEntry => ({
  path,
  kind: "file",
  mode: 0o644,
  size,
  digest,
});

test("what travels needs its place twice, what is there already once", () => {
  const tree = { root: "/src", entries: [file("a", 100), file("b", 200)], bytes: 300 };
  const needs = (known: TreeEntry[]) => transferNeeds({ base: "/base" }, tree, known).map(({ bytes }) => bytes);
  expect(needs([])).toEqual([300, 300]);
  expect(needs([file("a", 100), file("b", 200, "other")])).toEqual([300, 200]);
});

test("300 MB do not go where 395 MB are free, and what they are for is told", async () => {
  const base = "/tmp/not-there/services";
  const needs = [
    { path: base, bytes: 300 * MB, what: "the files" },
    { path: base, bytes: 300 * MB, what: "sending them" },
  ];
  await expect(check({ [base]: 395 * MB }, needs)).rejects.toMatchObject({
    code: "disk-full",
    message: expect.stringContaining("300 MB for the files, 300 MB for sending them"),
  });
  expect(await check({ [base]: 700 * MB }, needs)).toEqual([
    `${base}: 700 MB free; 300 MB for the files, 300 MB for sending them, 67.1 MB to spare`,
  ]);
});

test("what is on one disk is added up, another disk is looked at by itself", async () => {
  const needs = [
    { path: "/tmp/a", bytes: 100 * MB, what: "the files" },
    { path: "/tmp/b", bytes: 200 * MB, what: "the image" },
    { path: "/proc", bytes: 1, what: "elsewhere" },
  ];
  await expect(check({ "/tmp/a": 300 * MB, "/proc": 500 * MB }, needs)).rejects.toMatchObject({ code: "disk-full" });
  expect(await check({ "/tmp/a": 400 * MB, "/proc": 500 * MB }, needs)).toHaveLength(2);
});

test("a number that cannot be had is said and fails nothing", async () => {
  const needs = [
    { path: "/tmp/a", bytes: 100 * MB, what: "the files" },
    { path: "/tmp/a", bytes: null, what: "what the build adds" },
  ];
  expect(await check({ "/tmp/a": 200 * MB }, needs)).toEqual([
    "/tmp/a: 200 MB free; 100 MB for the files, not known for what the build adds, 67.1 MB to spare",
  ]);
  await expect(check({ "/tmp/a": 150 * MB }, needs)).rejects.toMatchObject({ code: "disk-full" });

  class SilentHost extends LocalHost {
    override run = () => Promise.reject(new Error("no shell"));
    override diskFreeBytes = () => Promise.reject(new Error("no answer"));
  }
  const said: string[] = [];
  const abort = new AbortController();
  const ctx = { host: new SilentHost(), signal: abort.signal, log: (line: string) => said.push(line) };
  await checkRoom(ctx, [...needs, { path: "/proc", bytes: MB, what: "elsewhere" }]);
  expect(said.map((line) => line.split(";")[0])).toEqual([
    "/tmp/a: free space not known",
    "/proc: free space not known",
  ]);
  abort.abort(new Error("cancelled"));
  await expect(checkRoom(ctx, needs)).rejects.toThrow("cancelled");
});

test("what a first build adds is not known", async () => {
  const ctx = { host: new LocalHost(), base: "/base", serviceName: "shop", artifacts: [] } as unknown as PhaseContext;
  expect(await installNeeds(ctx)).toEqual([{ path: "/base", bytes: null, what: "what the build adds" }]);
});

test("an archive is unpacked where there is room for it; a full disk of this machine is not called the target's", async () => {
  const said: string[] = [];
  const resolve = (bytes: number | null) => {
    const materialise: SourcePort["materialise"] = async ({ hasRoom }) => {
      await hasRoom?.({ path: "/tmp", bytes, what: "the unpacked archive" });
      return { folder: "/tmp/unpacked", leftOut: null };
    };
    const ctx = {
      sources: { materialise },
      signal: AbortSignal.timeout(10_000),
      log: (line: string) => said.push(line),
    };
    return resolveSource(ctx as unknown as PhaseContext);
  };
  await expect(resolve(Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({ code: "storage-full" });
  expect(await resolve(null)).toBe("/tmp/unpacked");
  expect(said.at(-1)).toContain("not known for the unpacked archive");
});
