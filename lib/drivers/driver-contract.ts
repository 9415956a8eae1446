import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HOST_PHASES } from "@/lib/contracts/phase";
import type { DeploymentSpec, DriverKind } from "@/lib/contracts/service";
import type { Driver, HostPlace } from "./driver";
import { ConstantLoad } from "./test-constant-load";
import { TestService } from "./test-deployment";

/** How the service that a source holds behaves. It answers JSON `{version, environment}` on `/` and its health on `/health`. */
export interface Behaviour {
  version: string;
  /** What `/health` answers; 200 by default. */
  healthStatus?: number;
  /** Ends by itself at once, having written "goodbye" with a secret of its own. */
  exitCode?: number;
  /** Answers health checks, then dies this long after its start. */
  dieAfterMs?: number;
  build?: "failing" | "endless";
  /** Answers `/slow` only after this long. */
  slowMs?: number;
}

export interface DriverContract {
  kind: DriverKind;
  /** Once for the suite. */
  open(): Promise<{
    newDriver: () => Driver;
    newHost: () => HostPlace["host"];
    makeBase: () => Promise<string>;
    close: () => Promise<void>;
  }>;
  /** Ends everything that was started for a base. */
  closeBase(place: HostPlace): Promise<void>;
  /** Writes a source of this driver into an empty folder. */
  writeSource(folder: string, behaviour: Behaviour): Promise<void>;
  settings?: DeploymentSpec["settings"];
}

const SECRET = `s3cret-${randomUUID()}`;
const TIMEOUT_MS = 60_000;

/** What every driver on a host must do, whatever it runs services with. */
export function driverContract(contract: DriverContract): void {
  describe(`the ${contract.kind} driver`, { timeout: TIMEOUT_MS }, () => {
    let suite: Awaited<ReturnType<DriverContract["open"]>>;
    let base: string;
    let roots: string;
    let service: TestService;

    beforeAll(async () => {
      suite = await contract.open();
    }, TIMEOUT_MS);
    afterAll(() => suite.close(), TIMEOUT_MS);
    beforeEach(async () => {
      roots = await realpath(await mkdtemp(join(tmpdir(), "landfall-sources-")));
      base = await suite.makeBase();
      service = await newService();
    });
    afterEach(async () => {
      await contract.closeBase({ host: suite.newHost(), base });
      await rm(roots, { recursive: true, force: true });
    }, TIMEOUT_MS);

    async function newService(folder = "source"): Promise<TestService> {
      await mkdir(join(roots, folder), { recursive: true });
      return new TestService({
        newDriver: suite.newDriver,
        newPlace: () => ({ host: suite.newHost(), base }),
        sourceRoots: [roots],
        spec: {
          driver: contract.kind,
          source: { kind: "folder", path: join(roots, folder) },
          port: await suite.newHost().freePort(),
          settings: contract.settings ?? {},
        },
      });
    }

    const source = (behaviour: Behaviour, folder = "source") => contract.writeSource(join(roots, folder), behaviour);
    const portOf = (one: TestService) => one.current?.spec.port ?? 0;

    async function ask(path = "/", one = service): Promise<{ version: string; environment: Record<string, string> }> {
      const response = await fetch(`http://127.0.0.1:${portOf(one)}${path}`);
      expect(response.status).toBe(200);
      return (await response.json()) as Awaited<ReturnType<typeof ask>>;
    }

    async function deployed(version = "1", environment = {}) {
      await source({ version });
      const attempt = await service.deploy({ environment });
      expect(attempt.problem).toBeNull();
      return attempt;
    }

    /** What is on the host of this service, by the driver's own words and in its folder. */
    async function expectOnly(releaseIds: string[]): Promise<void> {
      const { place } = service;
      const folder = join(base, service.name, "releases");
      const found = (await place.host.stat(folder)) === null ? [] : await place.host.list(folder);
      expect(found.toSorted()).toEqual(releaseIds.toSorted());
    }

    test("deploys, proves it and registers it", async () => {
      const attempt = await deployed("1");
      expect(Object.keys(attempt.details)).toEqual(
        expect.arrayContaining(["validation", "transfer", "verify", "register"]),
      );
      expect(await ask()).toMatchObject({ version: "1" });
      expect(attempt.probes).toMatchObject({ failed: 0, lastFailure: null });
      expect(attempt.probes?.sent).toBeGreaterThan(2);
      expect(attempt.url).toBe(`http://${service.place.host.publicHost}:${portOf(service)}`);
      expect(service.announced).toMatchObject([
        { name: service.name, endpoint: attempt.url, metadata: { release: attempt.releaseId } },
      ]);
      expect(await suite.newDriver().state(service.place)).toMatchObject({
        state: "running",
        releaseId: attempt.releaseId,
        restarts: 0,
      });
      await expectOnly([attempt.releaseId]);
    });

    test("a redeploy and a rollback under load fail no request", async () => {
      const first = await deployed("1");
      const load = new ConstantLoad(portOf(service));
      const second = await deployed("2");
      const back = service.releases.find(({ id }) => id === first.releaseId);
      const rollback = back && (await service.rollback(back));
      await sleep(50);
      const { sent, failures, versions } = await load.stop();
      expect(second.probes?.failed).toBe(0);
      expect(rollback?.problem).toBeNull();
      expect(failures).toEqual([]);
      expect(sent).toBeGreaterThan(50);
      expect(versions).toEqual(["1", "2", "1"]);
    });

    test("a request in flight on the old release ends there", async () => {
      await source({ version: "1", slowMs: 600 });
      await service.deploy();
      const slow = ask("/slow");
      await deployed("2");
      expect((await slow).version).toBe("1");
      expect((await ask()).version).toBe("2");
    });

    describe("keeps what serves, and nothing of the new release, when", () => {
      const bad: [string, Omit<Behaviour, "version">, { code: string; failedIn: string }][] = [
        ["the health check fails", { healthStatus: 500 }, { code: "health-failed", failedIn: "verify" }],
        ["the release ends at once", { exitCode: 3 }, { code: "service-exited", failedIn: "verify" }],
        ["the build fails", { build: "failing" }, { code: "build-failed", failedIn: "build" }],
        ["it dies right after the switch", { dieAfterMs: 700 }, { code: "unstable-after-switch", failedIn: "verify" }],
      ];
      test.each(bad)("%s", async (_, behaviour, expected) => {
        const first = await deployed("1");
        await source({ version: "2", ...behaviour });
        const health = { ...service.current?.spec.health, stabilityMs: 1_500 } as DeploymentSpec["health"];
        const second = await service.deploy({ spec: { health } });
        expect(second.problem?.toData()).toMatchObject({ code: expected.code });
        expect(second.failedIn).toBe(expected.failedIn);
        expect(second.stuck).toEqual([]);
        expect((await ask()).version).toBe("1");
        await expectOnly([first.releaseId]);
        expect(await suite.newDriver().state(service.place)).toMatchObject({
          state: "running",
          releaseId: first.releaseId,
        });
      });

      test.each(HOST_PHASES)("it is cancelled in %s", async (phase) => {
        const first = await deployed("1");
        await source({ version: "2", ...(phase === "build" ? { build: "endless" } : {}) });
        const health = { ...service.current?.spec.health, stabilityMs: 5_000 } as DeploymentSpec["health"];
        const second = await service.deploy({
          spec: { health },
          // Also the phases that end before they notice: what comes next does.
          onPhase: (key, cancel) => key === phase && setTimeout(() => cancel.abort(), phase === "verify" ? 400 : 50),
          onLog: () => {},
          ...(phase === "register" ? { spec: { health: { ...health, stabilityMs: 50 } } } : {}),
        });
        if (second.problem) {
          expect(second.stuck).toEqual([]);
          expect((await ask()).version).toBe("1");
          await expectOnly([first.releaseId]);
        } else {
          expect(phase).toBe("register");
          expect((await ask()).version).toBe("2");
        }
      });
    });

    test("what the release wrote before it ended is in the log, with its exit code", async () => {
      await source({ version: "1", exitCode: 7 });
      const attempt = await service.deploy();
      expect(attempt.problem?.toData()).toMatchObject({ code: "service-exited", params: { exitCode: 7 } });
      expect(attempt.problem?.detail).toContain("goodbye");
      expect(attempt.log).toContain("goodbye");
      await expectOnly([]);
      expect(await suite.newDriver().state(service.place)).toMatchObject({ state: "absent" });
    });

    test("undo works from receipts alone, in another process, and again after that", async () => {
      const first = await deployed("1");
      await source({ version: "2", dieAfterMs: 500 });
      const health = { ...service.current?.spec.health, stabilityMs: 1_500 } as DeploymentSpec["health"];
      const second = await service.deploy({ leave: true, spec: { health } });
      expect(second.problem?.code).toBe("unstable-after-switch");
      await service.undo(second);
      expect((await ask()).version).toBe("1");
      await service.undo(second);
      expect((await ask()).version).toBe("1");
      await expectOnly([first.releaseId]);
    });

    test("undo of a deployment that never began anything is nothing", async () => {
      const first = await deployed("1");
      await service.undo({ ...first, releaseId: randomUUID(), receipts: {} });
      expect((await ask()).version).toBe("1");
      await expectOnly([first.releaseId]);
    });

    test("every phase may run again after its worker died", async () => {
      await deployed("1");
      const load = new ConstantLoad(portOf(service));
      await source({ version: "2" });
      const attempt = await service.deploy({ crashInEveryPhase: true });
      expect(attempt.problem).toBeNull();
      expect((await ask()).version).toBe("2");
      expect((await load.stop()).failures).toEqual([]);
      expect(suite.newDriver().phases.every(({ repeatable }) => repeatable)).toBe(true);
    });

    test("a rollback transfers and builds nothing and restores the environment", async () => {
      await deployed("1", { GREETING: "first" });
      const [first] = service.releases;
      await deployed("2", { GREETING: "second", ADDED: "later" });
      if (!first) throw new Error("no first release");
      const attempt = await service.rollback(first);
      expect(attempt.problem).toBeNull();
      expect(attempt.skipped).toEqual(["transfer", "build"]);
      const { version, environment } = await ask();
      expect(version).toBe("1");
      expect(environment.GREETING).toBe("first");
      expect(environment.ADDED).toBeUndefined();
    });

    test("a failed rollback leaves both releases and what served", async () => {
      await deployed("1");
      const [first] = service.releases;
      await deployed("2");
      if (!first) throw new Error("no first release");
      const attempt = await service.rollback({ ...first, spec: { ...first.spec, healthPath: "/missing" } });
      expect(attempt.problem?.code).toBe("health-failed");
      expect((await ask()).version).toBe("2");
      await expectOnly(service.releases.map(({ id }) => id));
    });

    test("a rollback to a release that is gone is refused before anything is touched", async () => {
      await deployed("1");
      const [first] = service.releases;
      await deployed("2");
      if (!first) throw new Error("no first release");
      expect(await suite.newDriver().hasArtifact(service.place, first)).toBe(true);
      await suite.newDriver().prune(service.place, first);
      expect(await suite.newDriver().hasArtifact(service.place, first)).toBe(false);
      const attempt = await service.rollback(first);
      expect(attempt).toMatchObject({ failedIn: "validation", problem: { code: "release-gone" } });
      expect((await ask()).version).toBe("2");
    });

    test("prune refuses the release that runs and is safe to repeat", async () => {
      await deployed("1");
      const [first] = service.releases;
      await deployed("2");
      const [second] = service.releases;
      if (!first || !second) throw new Error("two releases expected");
      await expect(suite.newDriver().prune(service.place, second)).rejects.toMatchObject({ code: "target-in-use" });
      await suite.newDriver().prune(service.place, first);
      await suite.newDriver().prune(service.place, first);
      await expectOnly([second.id]);
    });

    test("says what differs between two releases", async () => {
      await deployed("1");
      const [first] = service.releases;
      await deployed("2");
      const [second] = service.releases;
      if (!first || !second) throw new Error("two releases expected");
      const changes = await suite.newDriver().diff(service.place, first, second);
      expect(changes).toHaveLength(1);
      expect(changes[0]).toMatchObject({ kind: "changed" });
      expect(await suite.newDriver().diff(service.place, first, first)).toEqual([]);
    });

    test("removal leaves nothing and is safe to repeat", async () => {
      await deployed("1");
      const port = portOf(service);
      expect((await service.remove()).problem).toBeNull();
      expect((await service.remove()).problem).toBeNull();
      await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
      expect(await service.place.host.stat(join(base, service.name))).toBeNull();
      expect(service.withdrawn).toContain(service.name);
      expect(await suite.newDriver().state(service.place)).toMatchObject({ state: "absent", releaseId: null });
    });

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
      await deployed("1", environment);
      const { PORT, ...given } = (await ask()).environment;
      const { PORT: _, ...wanted } = environment;
      expect(given).toMatchObject(wanted);
      expect(PORT).not.toBe("1");
    });

    test("a secret is on no command line, in no log line and in no file that others may read", async () => {
      const host = suite.newHost();
      const seen: Promise<string>[] = [];
      const look = () => seen.push(host.run({ args: ["ps", "-eo", "args"] }).then(({ stdout }) => stdout));
      await source({ version: "1" });
      const attempt = await service.deploy({ environment: { TOKEN: SECRET }, onPhase: look, onLog: look });
      look();
      expect(attempt.problem).toBeNull();
      expect((await ask()).environment.TOKEN).toBe(SECRET);
      expect((await Promise.all(seen)).filter((list) => list.includes(SECRET))).toEqual([]);
      expect(JSON.stringify(attempt)).not.toContain(SECRET);
      const readable = await host.run({
        args: ["find", base, "-type", "f", "-perm", "/077", "-exec", "grep", "-lF", SECRET, "{}", "+"],
      });
      expect(readable.stdout).toBe("");
    });

    test.each([" spa ce ", `quo'te"s $(id) \`x\``, "line\nbreak", "ünï日本", "-rf"])(
      "a source in a folder named %j",
      async (folder) => {
        service = await newService(folder);
        await source({ version: "odd" }, folder);
        expect((await service.deploy()).problem).toBeNull();
        expect((await ask()).version).toBe("odd");
      },
    );

    test("a source that may not be deployed is refused before anything is touched", async () => {
      const first = await deployed("1");
      const at = (path: string) => service.deploy({ spec: { source: { kind: "folder", path } } });
      expect((await at(join(roots, "none"))).problem?.code).toBe("source-missing");
      expect((await at("/etc")).problem?.code).toBe("source-outside-roots");
      expect((await at(`${roots}/../..`)).problem?.code).toBe("source-outside-roots");
      await mkdir(join(roots, "empty"));
      expect((await at(join(roots, "empty"))).problem?.code).toBe("source-not-deployable");
      await expectOnly([first.releaseId]);
    });

    test("a port that something else holds is refused", async () => {
      await deployed("1");
      const other = await newService("other");
      await source({ version: "2" }, "other");
      const attempt = await other.deploy({ spec: { port: portOf(service) } });
      expect(attempt).toMatchObject({
        failedIn: "validation",
        problem: { code: "port-in-use", params: { port: portOf(service) } },
      });
      expect((await ask()).version).toBe("1");
    });

    test("only what changed counts as sent", async () => {
      await deployed("1");
      const second = await deployed("2");
      expect(second.details.transfer).toMatch(/, 1 changed$/);
    });

    test("a Registry that is down takes nothing away", async () => {
      service.registryDown = true;
      await deployed("1");
      expect((await ask()).version).toBe("1");
    });

    test("the running service's output can be read and followed", async () => {
      await deployed("1");
      const abort = new AbortController();
      const lines: string[] = [];
      const following = (async () => {
        for await (const line of suite
          .newDriver()
          .logs(service.place, { tail: 10, follow: true, signal: abort.signal }))
          lines.push(line);
      })();
      await expect.poll(() => lines, { timeout: 5_000 }).toContain("started 1");
      await ask("/say?hello");
      await expect.poll(() => lines, { timeout: 5_000 }).toContain("said hello");
      abort.abort();
      await following;
    });
  });
}
