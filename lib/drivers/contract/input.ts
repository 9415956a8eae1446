import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Workbench } from "./workbench";

const SECRET = `s3cret-${randomUUID()}`;

/** Input from people and machines. */
export function input(bench: Workbench): void {
  test("environment values arrive exactly", async () => {
    const environment = {
      QUOTES: `a'b"c\`d`,
      LINES: "one\ntwo\n\nthree\r\n",
      DOLLARS: `$HOME $(id) $${"{X}"} \\$ %s %%`,
      SPACES: "  both ends  ",
      EMPTY: "",
      UNICODE: "héllo 日本 😀",
      DASH: "-n --help",
      PORT: "1",
    };
    await bench.deployed("1", environment);
    const { PORT, ...given } = (await bench.ask()).environment;
    const { PORT: _, ...wanted } = environment;
    expect(given).toMatchObject(wanted);
    expect(PORT).not.toBe("1");
  });

  test("a secret is on no command line, in no log line and in no file that others may read", async () => {
    const host = bench.host;
    const seen: string[] = [];
    let looking: Promise<void> | null = null;
    // One at a time: a check takes CPU time from the service that it checks.
    const look = () => {
      looking ??= host.run({ args: ["ps", "-eo", "args"] }).then(({ stdout }) => {
        seen.push(stdout);
        looking = null;
      });
      return looking;
    };
    await bench.source({ version: "1" });
    const attempt = await bench.service.deploy({ environment: { TOKEN: SECRET }, onPhase: look, onLog: look });
    await look();
    await look();
    expect(attempt.problem).toBeNull();
    expect((await bench.ask()).environment.TOKEN).toBe(SECRET);
    expect(seen.filter((list) => list.includes(SECRET))).toEqual([]);
    expect(JSON.stringify(attempt)).not.toContain(SECRET);
    const readable = await host.run({
      args: ["find", bench.base, "-type", "f", "-perm", "/077", "-exec", "grep", "-lF", SECRET, "{}", "+"],
    });
    expect(readable.stdout).toBe("");
  });

  test.each([` spa ce quo'te"s $(id) \`x\` `, "-rf line\nbreak ünï日本"])(
    "a source in a folder named %j",
    async (folder) => {
      bench.service = await bench.newService(folder);
      await bench.source({ version: "odd" }, folder);
      expect((await bench.service.deploy()).problem).toBeNull();
      expect((await bench.ask()).version).toBe("odd");
    },
  );

  test("a source that may not be deployed is refused before anything is touched", async () => {
    const { kept } = await bench.serving();
    const at = (path: string) => bench.service.deploy({ spec: { source: { kind: "folder", path } } });
    expect((await at(join(bench.roots, "none"))).problem?.code).toBe("source-missing");
    expect((await at("/etc")).problem?.code).toBe("source-outside-roots");
    expect((await at(`${bench.roots}/../..`)).problem?.code).toBe("source-outside-roots");
    await mkdir(join(bench.roots, "empty"));
    expect(["source-not-deployable", "dockerfile-missing"]).toContain(
      (await at(join(bench.roots, "empty"))).problem?.code,
    );
    await bench.expectOnly(kept);
  });

  test("an uploaded archive is a source like a folder, and one that is gone is missing", async () => {
    await bench.source({ version: "uploaded" });
    const uploadId = randomUUID();
    const spec = { source: { kind: "archive" as const, uploadId } };
    expect((await bench.service.deploy({ spec })).problem?.code).toBe("source-missing");
    const uploads = { [uploadId]: join(bench.roots, "source") };
    expect((await bench.service.deploy({ spec, uploads })).problem).toBeNull();
    expect((await bench.ask()).version).toBe("uploaded");
  });

  test("a port that something else holds is refused", async () => {
    const { version } = await bench.serving();
    const other = await bench.newService("other");
    await bench.source({ version: "2" }, "other");
    const attempt = await other.deploy({ spec: { port: bench.port } });
    expect(attempt).toMatchObject({
      failedIn: "validation",
      problem: { code: "port-in-use", params: { port: bench.port } },
    });
    expect((await bench.ask()).version).toBe(version);
  });

  test("an address that is not the host's own is refused before anything is asked there", async () => {
    await bench.source({ version: "1" });
    const settings = { ...bench.service.spec.settings, bindAddress: "192.0.2.7" };
    expect(await bench.service.deploy({ spec: { settings } })).toMatchObject({
      failedIn: "validation",
      problem: { code: "settings-invalid", params: { field: "bindAddress" } },
    });
  });
}
