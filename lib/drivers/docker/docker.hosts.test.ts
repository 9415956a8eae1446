import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "@/e2e/hosts/run-command.mjs";
import { takeHost } from "@/e2e/hosts/take-host";
import { LocalHost } from "@/lib/hosts/local-host";
import { openEngine } from "@/lib/platform/docker/engine";
import { secretsOf } from "@/lib/platform/secrets/secret";
import type { Attempt } from "../contract/test-run";
import type { TestService } from "../contract/test-service";
import { type Behaviour, Workbench } from "../contract/workbench";
import { carryImage, checkArrived } from "./carry-image";
import { bringBaseImageHere } from "./contract/base-image-here";
import { writeDockerfile } from "./contract/container-service";
import { CONTAINER_PORT, dockerUnderTest } from "./contract/docker-under-test";
import { containerName } from "./names";

/** One base directory, and in it few services that go from version to version, because a deployment takes seconds. */
const testHost = await takeHost();
const bench = new Workbench(await dockerUnderTest(testHost));
beforeAll(async () => {
  await bench.open();
  await bench.setUp();
});
afterAll(async () => {
  await bench.tearDown();
  await bench.close();
});

const docker = (...args: string[]) => testHost.exec(["docker", ...args]);
const folder = () => join(bench.roots, "source");
/** The source, without what an earlier test put into it. */
const write = async (behaviour: Behaviour) => {
  await rm(folder(), { recursive: true });
  await mkdir(folder());
  await bench.source(behaviour);
};
const inspect = async (releaseId: string) =>
  (await openEngine(bench.host)).getContainer(containerName(bench.service.place, releaseId)).inspect();
/** Process 1 of a container ignores TERM unless it installs a handler; this one installs none. */
const deployDeaf = async (version: string) => {
  await write({ version });
  const file = join(folder(), "service.py");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("signal.signal(signal.SIGTERM,", "(lambda *_: None)(signal.SIGTERM,"));
  const attempt = await bench.service.deploy();
  expect(attempt.problem).toBeNull();
  return attempt;
};
/** All our containers and images, by name. */
const everythingOfOurs = async () => {
  const containers = await docker("ps", "--all", "--format", "{{.Names}}");
  const images = await docker("images", "--format", "{{.Repository}}:{{.Tag}}");
  return `${containers}${images}`
    .split("\n")
    .filter((line) => line.includes(bench.service.name))
    .toSorted();
};

describe("building", () => {
  let first: Attempt;

  beforeAll(async () => {
    await bench.source({ version: "1" });
    await writeDockerfile(folder(), [`RUN python3 -c "for n in range(100000): print('line', n + 1)"`]);
    first = await bench.service.deploy({ environment: { TOKEN: "s3cret-value" } });
    expect(first.problem).toBeNull();
  });

  test("the image is called after the service and its release, the container carries the labels", async () => {
    const { releaseId, details } = first;
    const short = releaseId.slice(-12);
    expect(details.build).toMatch(new RegExp(`^${bench.service.name}:${short}-\\d{14}, `));
    const { Config } = await inspect(releaseId);
    expect(Config.Labels).toMatchObject({ "landfall.service": bench.service.name, "landfall.release": releaseId });
    expect(Object.keys(Config.Labels)).toEqual(expect.arrayContaining(["landfall.base", "landfall.deployment"]));
  });

  test("a build that prints 100,000 lines is logged line by line", () => {
    const printed = first.log.filter((line) => line.startsWith("line "));
    expect(printed).toEqual(Array.from({ length: 100_000 }, (_, index) => `line ${index + 1}`));
  });

  test("no secret is in the image or its history", async () => {
    const [image = ""] = (await everythingOfOurs()).filter((name) => name.startsWith(`${bench.service.name}:`));
    expect(await docker("history", "--no-trunc", image)).not.toContain("s3cret-value");
    expect(await docker("image", "inspect", image)).not.toContain("s3cret-value");
    const found = await testHost.script('docker save "$1" | tar -xO | grep -c s3cret-value || true', [image]);
    expect(found.trim()).toBe("0");
  });

  test("a Dockerfile that does not build says at which step, and with what", async () => {
    const before = await everythingOfOurs();
    await write({ version: "2" });
    await writeDockerfile(folder(), ["RUN echo this is why && exit 7"]);
    const { problem } = await bench.service.deploy();
    expect(problem?.toData()).toMatchObject({ code: "build-failed", params: { exitCode: 7 } });
    expect(problem?.params.command).toContain("echo this is why");
    expect(problem?.detail).toContain("this is why");
    expect(await everythingOfOurs()).toEqual(before);
  });

  test("a Dockerfile elsewhere, with arguments, a port of its own and files that the image must not have", async () => {
    await write({ version: "1" });
    await mkdir(join(folder(), "docker"));
    await writeFile(join(folder(), ".dockerignore"), "docker\nDockerfile\n*.txt\n!docker/Dockerfile.web\n");
    await writeFile(join(folder(), "private.txt"), "private");
    const steps = ["ARG GREETING", "EXPOSE 9123", 'RUN test ! -e private.txt && printf %s "$GREETING" >greeting'];
    await writeDockerfile(folder(), steps, "docker/Dockerfile.web");
    const settings = { dockerfile: "docker/Dockerfile.web", buildArgs: `GREETING="a 'b' \\$c"` };
    const attempt = await bench.service.deploy({ spec: { settings } });
    expect(attempt.problem).toBeNull();
    expect((await bench.ask()).environment.PORT).toBe("9123");
    expect(await docker("exec", containerName(bench.service.place, attempt.releaseId), "cat", "greeting")).toBe(
      "a 'b' $c",
    );
  });

  test("a source without its Dockerfile is refused, by its name", async () => {
    const { problem, failedIn } = await bench.service.deploy({
      spec: { settings: { dockerfile: "other/Dockerfile" } },
    });
    expect(failedIn).toBe("validation");
    expect(problem?.toData()).toMatchObject({
      code: "dockerfile-missing",
      params: { lookedFor: "other/Dockerfile", found: "none" },
    });
  });

  test("a source whose Dockerfile has another name is refused, and that name is told", async () => {
    await write({ version: "1" });
    await rename(join(folder(), "Dockerfile"), join(folder(), "DockerFile"));
    const { problem } = await bench.service.deploy();
    expect(problem?.params).toEqual({ lookedFor: "Dockerfile", found: "DockerFile" });
  });

  test("the image is built from what docker build would take, up to the stage that is named", async () => {
    await write({ version: "1" });
    for (const name of [".git", "node_modules"]) await mkdir(join(folder(), name));
    await writeFile(join(folder(), ".git/HEAD"), "x");
    await writeFile(join(folder(), "node_modules/a.js"), "");
    await symlink("/usr/share/zoneinfo/UTC", join(folder(), "localtime"));
    await writeFile(join(folder(), "private.txt"), "private");
    await writeFile(join(folder(), ".dockerignore"), "*");
    await writeFile(join(folder(), "web.Dockerfile.dockerignore"), "private.txt\nweb.Dockerfile\n");
    const check = "RUN test -f .git/HEAD && test -f node_modules/a.js && test -L localtime && test ! -e private.txt";
    await writeDockerfile(folder(), [check], "web.Dockerfile");
    const dockerfile = "web.Dockerfile";
    const text = await readFile(join(folder(), dockerfile), "utf8");
    const stages = `${text.replace("python\n", "python AS web\n")}FROM web AS dev\nRUN exit 3\n`;
    await writeFile(join(folder(), dockerfile), stages);
    const attempt = await bench.service.deploy({ spec: { settings: { dockerfile, stage: "web" } } });
    expect(attempt.problem).toBeNull();
    expect(attempt.log).toContain("left out (by web.Dockerfile.dockerignore): .dockerignore, private.txt");
    const other = await bench.service.deploy({ spec: { settings: { dockerfile, stage: "prod" } } });
    expect(other.problem?.params).toEqual({ reason: "stage", path: dockerfile, name: "prod", names: "web, dev" });
  });

  test("the stages of a build are kept for the next one and go with the service", async () => {
    const nameless = () => docker("images", "--filter", "dangling=true", "--quiet");
    const before = await nameless();
    const withStage = async (version: string) => {
      await write({ version });
      await writeDockerfile(folder(), ["COPY --from=made /made /made"]);
      const text = await readFile(join(folder(), "Dockerfile"), "utf8");
      const stage = `FROM landfall-test/python AS made\nRUN echo made >/made\nCOPY service.py /${version}\n`;
      await writeFile(join(folder(), "Dockerfile"), `${stage}${text}`);
      const attempt = await bench.service.deploy();
      expect(attempt.problem).toBeNull();
      return attempt;
    };
    const one = await withStage("1");
    const two = await withStage("2");
    expect(two.log.join("\n")).toMatch(/RUN echo made >\/made\n ---> Using cache/);
    const stagesOf = async ({ releaseId }: Attempt) =>
      (await everythingOfOurs()).filter((name) => name.endsWith(`:${releaseId.slice(-12)}-stage-1`)).length;
    expect([await stagesOf(one), await stagesOf(two)]).toEqual([1, 1]);
    await bench.driver.prune(bench.service.place, bench.service.release(one.releaseId));
    expect([await stagesOf(one), await stagesOf(two)]).toEqual([0, 1]);
    expect((await bench.service.remove()).problem).toBeNull();
    expect(await everythingOfOurs()).toEqual([]);
    expect(await nameless()).toBe(before);
  });

  test("what only BuildKit understands is refused before anything is sent, where there is none", async () => {
    await write({ version: "1" });
    await writeDockerfile(folder(), ["RUN --mount=type=cache,target=/cache true"]);
    const { problem, failedIn } = await bench.service.deploy();
    expect(failedIn).toBe("validation");
    expect(problem?.toData()).toMatchObject({ code: "buildkit-missing", params: { line: 4, syntax: "RUN --mount" } });
  });
});

describe("building here", () => {
  beforeAll(async () => {
    await bringBaseImageHere(testHost);
    bench.service = await bench.newService();
  });

  test("the image is carried over, and nothing is left on the way", async () => {
    const spec = { settings: { build: "local" } };
    await write({ version: "1" });
    const first = await bench.service.deploy({ spec });
    expect(first.problem).toBeNull();
    expect(first.skipped).toEqual(["transfer"]);
    expect((await bench.ask()).version).toBe("1");
    expect(await bench.host.list(join(bench.base, bench.service.name, "images"))).toEqual([]);
    await write({ version: "2" });
    const second = await bench.service.deploy({ spec, crashInEveryPhase: true });
    expect(second.problem).toBeNull();
    expect((await bench.ask()).version).toBe("2");
    expect(second.log.join("\n")).toMatch(
      /[1-9]\d* of the image's \d+ layers are there already\n(?:.* to spare\n)+.* kB packed\n(?:.*\n)?.* for the image, .* to spare/,
    );
    expect(second.log.join("\n")).toMatch(/free; .* for a copy of the files, .* for what the build adds, .* to spare/);
    const [now, before] = bench.service.releases;
    if (!now || !before) throw new Error("a release is missing");
    expect(await bench.driver.diff(bench.service.place, before, now)).toHaveLength(1);
    expect((await bench.service.rollback(before)).problem).toBeNull();
    expect((await bench.ask()).version).toBe("1");
  });

  test("one that cannot be loaded without the layers that seemed to be there is sent whole", async () => {
    const here = await openEngine(new LocalHost());
    const name = `${bench.service.name}:whole`;
    await write({ version: "nowhere yet" });
    await runCommand(["docker", "build", "--tag", name, folder()]);
    const lines: string[] = [];
    const carrier = {
      host: bench.host,
      signal: new AbortController().signal,
      progress() {},
      log: (line: string) => lines.push(line),
    };
    const folders = { here: join(bench.roots, "image"), there: join(bench.base, "image") };
    try {
      // The engine that is asked has all of its layers, the engine that loads it has none.
      await carryImage(carrier, { from: here, to: here }, name, folders);
      await checkArrived(here, await openEngine(bench.host), name);
      expect(lines.flatMap((line) => /already|packed|whole/.exec(line)?.[0] ?? [])).toEqual([
        "already",
        "packed",
        "whole",
        "packed",
      ]);
    } finally {
      await runCommand(["docker", "image", "rm", name]);
      await docker("image", "rm", name);
    }
  });

  test("a build that fails leaves nothing on either side", async () => {
    await write({ version: "1", build: "failing" });
    const before = await everythingOfOurs();
    const attempt = await bench.service.deploy({ spec: { settings: { build: "local" } } });
    expect(attempt).toMatchObject({ failedIn: "build", problem: { code: "build-failed" }, stuck: [] });
    expect(await everythingOfOurs()).toEqual(before);
  });
});

const VOLUMES = [{ name: "data", path: "/var/lib/web" }];

describe("running", () => {
  let other: TestService;
  beforeAll(async () => {
    bench.service = await bench.newService();
  });

  test("a service that needs more memory than it may have says so", async () => {
    await write({ version: "1" });
    await writeFile(join(folder(), "service.py"), "data = bytearray(512 * 1024 * 1024)\n");
    const { problem } = await bench.service.deploy({ spec: { settings: { memoryMb: 64 } } });
    expect(problem?.toData()).toMatchObject({ code: "out-of-memory" });
    expect(problem?.detail).toContain("64 MB");
  });

  test("services are deployed side by side and find each other by name", async () => {
    other = await bench.newService("other");
    await write({ version: "one" });
    await bench.source({ version: "two" }, "other");
    const attempts = await Promise.all([bench.service.deploy({ spec: { volumes: VOLUMES } }), other.deploy()]);
    expect(attempts.map(({ problem }) => problem)).toEqual([null, null]);
    const url = `http://${other.name}:${CONTAINER_PORT}/`;
    const ask = `import urllib.request; print(urllib.request.urlopen("${url}").read().decode())`;
    const name = containerName(bench.service.place, attempts[0]?.releaseId ?? "");
    expect(await docker("exec", name, "python3", "-c", ask)).toContain('"two"');
    expect((await bench.ask()).version).toBe("one");
  });

  test("volumes outlive their containers and the service, and nobody else's is taken", async () => {
    const { name, place } = bench.service;
    const inContainer = (releaseId: string, script: string) =>
      docker("exec", containerName(place, releaseId), "sh", "-c", script);
    const { release } = await bench.serving();
    await inContainer(release.id, "echo kept >/var/lib/web/file");
    expect((await bench.service.remove()).details["remove-files"]).toContain(`kept volumes: ${name}-data`);
    await docker("volume", "create", `${name}-theirs`);
    const spec = { volumes: [{ name: "theirs", path: "/theirs" }] };
    expect((await bench.service.deploy({ spec })).problem?.toData()).toMatchObject({ code: "start-failed" });
    await docker("volume", "rm", `${name}-theirs`);
    const again = await bench.service.deploy({ spec: { volumes: VOLUMES } });
    expect(again.problem).toBeNull();
    expect(await inContainer(again.releaseId, "cat /var/lib/web/file")).toBe("kept\n");
  });

  test("what the settings say is what the container gets", async () => {
    await write({ version: "1" });
    const settings = {
      memoryMb: 128,
      cpus: 0.5,
      user: "65534:65534",
      rootFilesystem: "read-only",
      stopSignal: "SIGTERM",
      command: `python3 service.py 'an argument'`,
    };
    const attempt = await bench.service.deploy({ spec: { settings } });
    expect(attempt.problem).toBeNull();
    const { Config, HostConfig } = await inspect(attempt.releaseId);
    expect(Config).toMatchObject({ Cmd: ["python3", "service.py", "an argument"], User: "65534:65534" });
    expect(HostConfig).toMatchObject({
      Memory: 134_217_728,
      NanoCpus: 500_000_000,
      ReadonlyRootfs: true,
      RestartPolicy: { Name: "unless-stopped" },
    });
  });

  test.each([
    [{ memoryMb: 1_048_576 }, "memoryMb"],
    [{ cpus: 256 }, "cpus"],
    [{ network: "no-such-network" }, "network"],
  ])("%j is refused before anything is touched", async (settings, field) => {
    const { problem, failedIn } = await bench.service.deploy({ spec: { settings } });
    expect(failedIn).toBe("validation");
    expect(problem?.toData()).toMatchObject({ code: "settings-invalid", params: { field } });
  });

  test("a stranger's container on the port is left alone", async () => {
    const newcomer = await bench.newService();
    const { port } = newcomer.spec;
    const command = ["python3", "-m", "http.server", String(port)];
    const id = await docker(
      "run",
      "--detach",
      "--rm",
      "--publish",
      `${port}:${port}`,
      "landfall-test/python",
      ...command,
    );
    const attempt = await newcomer.deploy();
    expect(attempt).toMatchObject({ failedIn: "validation", problem: { code: "port-in-use" } });
    expect((await docker("inspect", "--format", "{{.State.Running}}", id.trim())).trim()).toBe("true");
    await docker("rm", "--force", id.trim());
  });

  test("a release that does not heed TERM holds nobody up, and is gone back to at once", async () => {
    const first = await deployDeaf("1");
    const second = await deployDeaf("2");
    const isRunning = async (releaseId: string) => (await inspect(releaseId)).State.Running;
    expect(await isRunning(first.releaseId)).toBe(true);
    expect((await bench.service.rollback(bench.service.release(first.releaseId))).problem).toBeNull();
    expect((await bench.ask()).version).toBe("1");
    await expect.poll(() => isRunning(second.releaseId), { timeout: 30_000 }).toBe(false);
    expect(await isRunning(first.releaseId)).toBe(true);
    expect((await bench.ask()).version).toBe("1");
  });

  test("the log goes on with the release that takes over", async () => {
    bench.service = other;
    const abort = new AbortController();
    const lines: string[] = [];
    const following = (async () => {
      const options = { tail: 10, follow: true, signal: abort.signal };
      for await (const { text } of bench.driver.logs(bench.service.place, options)) lines.push(text);
    })();
    await expect.poll(() => lines).toContain("started two");
    await bench.source({ version: "three" }, "other");
    expect((await other.deploy()).problem).toBeNull();
    await bench.ask("/say?hello");
    await expect.poll(() => lines).toEqual(["started two", "started three", "said hello"]);
    abort.abort();
    await following;
  });

  test("a container that was taken away is put back, and one that runs something else is told", async () => {
    const { release, version } = await bench.serving();
    const { upkeep } = bench.driver;
    const { place } = bench.service;
    expect(await upkeep?.inspect(place, release)).toMatchObject({
      state: "running",
      way: "open",
      foreignArtifact: null,
    });
    expect(
      await upkeep?.inspect(place, { ...release, artifact: { imageId: "sha256:other", tag: "t", exposedPort: null } }),
    ).toMatchObject({ foreignArtifact: { wanted: "sha256:other" } });
    await docker("rm", "--force", containerName(place, release.id));
    expect(await upkeep?.inspect(place, release)).toMatchObject({ state: "absent" });
    const restored = await upkeep?.restore({
      ...place,
      deploymentId: "again",
      spec: release.spec,
      isConfined: false,
      release,
      environment: secretsOf(release.environment),
      signal: new AbortController().signal,
      log: () => 0,
    });
    expect(restored).toEqual(["release"]);
    await expect.poll(() => bench.ask()).toMatchObject({ version });
  });
});
