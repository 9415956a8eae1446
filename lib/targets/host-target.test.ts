import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Command, RunOptions } from "@/lib/hosts/host";
import { LocalHost } from "@/lib/hosts/local-host";
import { checkHost, versionIn } from "./host-target";

test.each([
  ["v24.21.0", "24.21.0"],
  ["11.19.0\n", "11.19.0"],
  ["Python 3.11.2", "3.11.2"],
  ["Docker version 20.10.24+dfsg1, build 297e128", "20.10.24+dfsg1"],
  ["systemd 252 (252.39-1~deb12u1)\n+PAM +AUDIT", "252"],
  ["v2.6.2 h1:abc=", "2.6.2"],
  ["unversioned tool", "unversioned tool"],
  ["", null],
])("%j is version %j", (output, version) => {
  expect(versionIn(output)).toBe(version);
});

/** This machine with programs of the test's own before its others. */
class WithPrograms extends LocalHost {
  readonly #folder: string;
  constructor(folder: string) {
    super();
    this.#folder = folder;
  }
  override run(command: Command, options?: RunOptions) {
    return super.run({ ...command, env: { ...command.env, PATH: `${this.#folder}:/usr/bin:/bin` } }, options);
  }
}

test("npm's version is in its own file; another program of that name is asked", async () => {
  const folder = await mkdtemp(join(tmpdir(), "landfall-programs-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const program = (path: string, text: string) =>
    writeFile(join(folder, path), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const npm = async () => (await checkHost(async () => ({ host: new WithPrograms(folder), base: folder }))).tools.npm;
  await program("node", "echo v24.1.0");
  await program("npm", "echo 9.8.7");
  expect(await npm()).toBe("9.8.7");

  await rm(join(folder, "npm"));
  await mkdir(join(folder, "lib/npm/bin"), { recursive: true });
  await writeFile(join(folder, "lib/npm/package.json"), '{\n  "name": "npm",\n  "version": "11.2.3",\n  "x": {}\n}\n');
  await program("lib/npm/bin/npm-cli.js", "echo it was started; exit 1");
  await symlink("lib/npm/bin/npm-cli.js", join(folder, "npm"));
  expect(await npm()).toBe("11.2.3");
});
