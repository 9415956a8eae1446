import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { ConstantLoad } from "./constant-load";
import type { Attempt, DeployOptions } from "./test-run";
import { TIMEOUT_MS, type Workbench } from "./workbench";

const SECRET = `s3cret-${randomUUID()}`;
const ENVIRONMENT = {
  QUOTES: `a'b"c\`d`,
  LINES: "one\ntwo\n\nthree\r\n",
  DOLLARS: `$HOME $(id) $${"{X}"} \\$ %s %%`,
  SPACES: "  both ends  ",
  EMPTY: "",
  UNICODE: "héllo 日本 😀",
  DASH: "-n --help",
};

/** Successful deployments. */
export function deploying(bench: Workbench): void {
  describe("a first deployment", () => firstDeployment(bench));
  describe("a redeploy and a rollback", () => redeployAndRollback(bench));

  test("what the running service uses is told: CPU time, memory and restarts", async () => {
    const { release } = await bench.serving();
    const used = async () => {
      const { releases } = (await bench.driver.upkeep?.usage(bench.service.place, AbortSignal.timeout(30_000))) ?? {};
      return releases?.filter(({ serviceName }) => serviceName === bench.service.name);
    };
    const [before] = (await used()) ?? [];
    expect(before).toMatchObject({ releaseId: release.id, cpuMs: expect.any(Number), restarts: expect.any(Number) });
    expect(before?.memoryBytes).toBeGreaterThan(1_000_000);
    // Clocks of processes count in hundredths of a second.
    const answerMore = async () => {
      for (let times = 0; times < 20; times += 1) await bench.ask();
      return (await used())?.[0]?.cpuMs;
    };
    await expect.poll(answerMore, { timeout: 30_000 }).toBeGreaterThan(before?.cpuMs ?? 0);
    expect(await used()).toHaveLength(1);
  });

  test("an unchanged source is not built twice: the second deployment says where it was built", async () => {
    await bench.source({ version: "unchanged", build: "good" });
    const first = await bench.service.deploy();
    const { length: number } = bench.service.releases;
    const second = await bench.service.deploy();
    expect([first.problem, second.problem]).toEqual([null, null]);
    expect(first.details.build).not.toContain("built in #");
    expect(second.details.build).toContain(`built in #${number}`);
    expect(second.log).toContain(`Unchanged since #${number}: its build is used again`);
    expect((await bench.ask()).version).toBe("unchanged");
  });

  test("the running service's output can be read and followed", async () => {
    const { version } = await bench.serving();
    const abort = new AbortController();
    const lines: string[] = [];
    const following = (async () => {
      const options = { tail: 10, follow: true, signal: abort.signal };
      for await (const { text } of bench.driver.logs(bench.service.place, options)) lines.push(text);
    })();
    await expect.poll(() => lines).toContain(`started ${version}`);
    await bench.ask("/say?hello");
    await expect.poll(() => lines).toContain("said hello");
    abort.abort();
    await following;
  });
}

/** Answers `/slow` after this long: longer than the switch and its stability window take. */
const SLOW_MS = 600;

async function deployFirst(bench: Workbench, options: Pick<DeployOptions, "onPhase" | "onLog"> = {}): Promise<Attempt> {
  await bench.source({ version: "1", slowMs: SLOW_MS });
  return bench.service.deploy({ ...options, environment: { ...ENVIRONMENT, PORT: "1", TOKEN: SECRET } });
}

function firstDeployment(bench: Workbench): void {
  let attempt: Attempt;
  const seen: string[] = [];

  beforeAll(async () => {
    let looking: Promise<void> | null = null;
    // One at a time: a check takes CPU time from the service that it checks.
    const look = () => {
      looking ??= bench.host.run({ args: ["ps", "-eo", "args"] }).then(({ stdout }) => {
        seen.push(stdout);
        looking = null;
      });
      return looking;
    };
    attempt = await deployFirst(bench, { onPhase: look, onLog: look });
    await look();
    await look();
  }, TIMEOUT_MS);

  test("deploys, proves it and registers it", async () => {
    expect(attempt.problem).toBeNull();
    expect(Object.keys(attempt.details)).toEqual(
      expect.arrayContaining(["validation", "transfer", "verify", "register"]),
    );
    expect(await bench.ask()).toMatchObject({ version: "1" });
    expect(attempt.probes).toMatchObject({ failed: 0, lastFailure: null });
    expect(attempt.probes?.sent).toBeGreaterThan(0);
    expect(attempt.url).toBe(bench.url);
    expect(bench.service.announced.at(-1)).toMatchObject({
      name: bench.service.name,
      endpoint: attempt.url,
      metadata: { release: attempt.releaseId },
    });
    expect(await bench.driver.state(bench.service.place)).toMatchObject({
      state: "running",
      releaseId: attempt.releaseId,
      restarts: 0,
    });
    await bench.expectOnly([attempt.releaseId]);
  });

  test("environment values arrive exactly", async () => {
    const { PORT, ...given } = (await bench.ask()).environment;
    expect(given).toMatchObject(ENVIRONMENT);
    expect(PORT).not.toBe("1");
  });

  test("a secret is on no command line, in no log line and in no file that others may read", async () => {
    expect((await bench.ask()).environment.TOKEN).toBe(SECRET);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.filter((list) => list.includes(SECRET))).toEqual([]);
    expect(JSON.stringify(attempt)).not.toContain(SECRET);
    const readable = await bench.host.run({
      args: ["find", bench.base, "-type", "f", "-perm", "/077", "-exec", "grep", "-lF", SECRET, "{}", "+"],
    });
    expect(readable.stdout).toBe("");
  });
}

function redeployAndRollback(bench: Workbench): void {
  let redeploy: Attempt;
  let rollback: Attempt;
  let whileSlow: string;
  let answers: Awaited<ReturnType<ConstantLoad["stop"]>>;

  beforeAll(async () => {
    if (!bench.service.current) await deployFirst(bench);
    const { release: first } = await bench.serving();
    const load = new ConstantLoad(bench.url);
    let slow: ReturnType<Workbench["ask"]> | null = null;
    const askSlowly = (line: string) => {
      // The new release is about to be switched to.
      if (line.startsWith("listening after")) slow = bench.ask("/slow");
    };
    await bench.source({ version: "2" });
    const environment = { QUOTES: "second", ADDED: "later" };
    const spec = { health: bench.healthWith({ drainMs: 20_000 }) };
    redeploy = await bench.service.deploy({ environment, spec, onLog: askSlowly });
    whileSlow = (await (slow ?? bench.ask())).version;
    bench.service.registryDown = true;
    rollback = await bench.service.rollback(first);
    bench.service.registryDown = false;
    await sleep(50);
    answers = await load.stop();
  }, TIMEOUT_MS);

  test("a redeploy and a rollback under load fail no request", () => {
    expect(redeploy.problem).toBeNull();
    expect(redeploy.probes?.failed).toBe(0);
    expect(rollback.problem).toBeNull();
    expect(answers.failures).toEqual([]);
    expect(answers.sent).toBeGreaterThan(50);
    expect(answers.versions).toEqual(["1", "2", "1"]);
  });

  test("only what changed counts as sent", () => {
    expect(redeploy.details.transfer).toMatch(/, 1 changed$/);
  });

  test("a request in flight on the old release ends there", () => {
    expect(whileSlow).toBe("1");
  });

  test("a rollback transfers and builds nothing and restores the environment", async () => {
    expect(rollback.skipped).toEqual(["transfer", "build"]);
    const { version, environment } = await bench.ask();
    expect(version).toBe("1");
    expect(environment.QUOTES).toBe(ENVIRONMENT.QUOTES);
    expect(environment.ADDED).toBeUndefined();
  });

  test("a Registry that is down takes nothing away", async () => {
    // The rollback was not announced, and serves.
    expect(bench.service.announced.at(-1)).toMatchObject({ metadata: { release: redeploy.releaseId } });
    expect((await bench.ask()).version).toBe("1");
  });
}
