import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { OUTPUT_LEFT_OUT } from "../../release-layout";
import { CommandOutput } from "./command-output";

test("a command's output is kept up to its limit, and says that the rest is left out", async () => {
  const folder = await mkdtemp(join(tmpdir(), "landfall-output-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "commands", "r1-release.log");
  const output = new CommandOutput(path, 10);
  for (const chunk of ["one\n", "two\nthree\n", "four\n"]) output.write(chunk);
  output.close();
  expect(await readFile(path, "utf8")).toBe(`one\ntwo\nth\n${OUTPUT_LEFT_OUT}\n`);
  expect((await stat(join(folder, "commands"))).mode & 0o777).toBe(0o700);
});
