import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepMachineId } from "./machine-id";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "landfall-machine-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("it is made once and kept", async () => {
  const data = join(directory, "data");
  const id = await keepMachineId(data);
  expect(await keepMachineId(data)).toBe(id);
  expect(await readdir(data)).toEqual(["machine-id"]);
  expect((await stat(join(data, "machine-id"))).mode & 0o777).toBe(0o600);
});

test("processes that start at once agree on it", async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, () => keepMachineId(directory)));
  expect(new Set(ids).size).toBe(1);
});

test("two data directories are two machines", async () => {
  expect(await keepMachineId(join(directory, "a"))).not.toBe(await keepMachineId(join(directory, "b")));
});

test("an empty file is not taken for an id", async () => {
  await writeFile(join(directory, "machine-id"), "\n");
  await expect(keepMachineId(directory)).rejects.toThrow("machine-id");
});
