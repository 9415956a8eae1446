import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ProcessLog } from "./process-log";

test("a log that has grown large is set aside, and nothing of it is lost", async () => {
  const directory = await mkdtemp(join(tmpdir(), "landfall-log-"));
  const file = join(directory, "logs", "web.log");
  const log = new ProcessLog(file);
  log.write(Buffer.alloc(11 * 1024 * 1024, "a"));
  log.write(Buffer.from("first line\nlast line\n"));
  expect(await readFile(file, "utf8")).toBe("first line\nlast line\n");
  expect((await readFile(`${file}.1`)).length).toBe(11 * 1024 * 1024);
  expect(log.lastLine()).toBe("last line");
  await rm(directory, { recursive: true });
});
