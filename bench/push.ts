import { createHmac, randomUUID } from "node:crypto";
import type { DeploymentView } from "@/lib/contracts/deployment";
import { HealthCheck } from "@/lib/contracts/health-check";
import type { DeliveryReceipt, HookView } from "@/lib/contracts/hook";
import { freePort } from "@/lib/hosts/free-port";
import { TestGitServer, type TestRepository } from "@/lib/sources/git/test-git-server";
import { describeDistribution, distributionOf } from "./harness/distribution";
import { finishDeployment } from "./harness/finish-deployment";
import type { Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import type { Scenario } from "./harness/scenario";

const PUSHES = 20;
const NAME = "pushed";
/** The health check of a service that does not configure one. */
const HEALTH = HealthCheck.parse({});
const WAITED_MS = (HEALTH.healthyThreshold - 1) * HEALTH.goodIntervalMs + HEALTH.stabilityMs;

/** Installed by `npm ci` and built by a script, as small services are; the build writes what is served. */
const FILES = {
  "package.json": JSON.stringify({
    name: NAME,
    version: "1.0.0",
    scripts: { build: "node build.mjs", start: "node dist/server.mjs" },
  }),
  "package-lock.json": JSON.stringify({
    name: NAME,
    version: "1.0.0",
    lockfileVersion: 3,
    packages: { "": { name: NAME, version: "1.0.0" } },
  }),
  "build.mjs": `import { cpSync } from "node:fs";
cpSync("src", "dist", { recursive: true });
`,
};
const server = (version: string) => `import { createServer } from "node:http";
const version = ${JSON.stringify(version)};
createServer((_, response) => response.end(version)).listen(process.env.PORT, "127.0.0.1");
`;

/**
 * From before `git push` is started to the arrival of the success event at a client, with the standard health check. The
 * Git server delivers the push as soon as it has it. First each push has a line that was never built; then the two newest
 * trees are pushed in turn, so that each was built before.
 */
export const push: Scenario = {
  name: "push",
  async run(landfall) {
    await using git = await TestGitServer.start();
    const repository = await git.repository(`${NAME}.git`, FILES);
    const service = await addService(landfall, git.url(`${NAME}.git`));
    const pushed = (version: string) => pushOnce(landfall, repository, { ...service, version });
    await pushed("first"); // it also fetches the whole repository
    const built: Pushed[] = [];
    for (let index = 1; index <= PUSHES; index += 1) built.push(await pushed(`${index}`));
    const again: Pushed[] = [];
    for (let index = 1; index <= PUSHES; index += 1) again.push(await pushed(`${PUSHES - (index % 2)}`));
    return [
      measureOf("git push to proven, p50", built, { atMost: 5_000 }),
      measureOf("git push to proven besides the health check's waits, built before, p50", again, { atMost: 1_500 }),
    ];
  },
};

interface Pushed {
  totalMs: number;
  /** In the order of time. */
  shares: readonly (readonly [name: string, ms: number])[];
}

interface Addressed {
  port: number;
  hook: Pick<HookView, "url" | "secret">;
}

async function addService(landfall: Installation, url: string): Promise<Addressed> {
  const port = await freePort();
  const source = { kind: "git", url, ref: "main" };
  const settings = { bindAddress: "127.0.0.1" };
  await landfall.api.post("/api/services", { name: NAME, driver: "process", source, settings, port });
  return { port, hook: await landfall.api.get<HookView>(`/api/services/${NAME}/hook`) };
}

async function pushOnce(
  landfall: Installation,
  repository: TestRepository,
  { port, hook, version }: Addressed & { version: string },
): Promise<Pushed> {
  const commit = await repository.commit(`Version ${version}`, { "src/server.mjs": server(version) });
  const sentMs = Date.now();
  await repository.git("push", "--quiet", "origin", "HEAD:refs/heads/main");
  const pushedMs = Date.now();
  const { view, finishedMs } = await finishDeployment(landfall.api, await deliver(landfall, hook, commit));
  const answer = await (await fetch(`http://127.0.0.1:${port}/`)).text();
  if (answer !== version) throw new Error(`after the push of ${version} the service says ${answer}`);
  return { totalMs: finishedMs - sentMs, shares: sharesOf(view, sentMs, pushedMs) };
}

/** As GitHub delivers a push. */
async function deliver(landfall: Installation, { url, secret }: Addressed["hook"], commit: string) {
  const head = { id: commit, message: "Version", added: [], modified: ["src/server.mjs"], removed: [] };
  const body = JSON.stringify({ ref: "refs/heads/main", after: commit, commits: [head], head_commit: head });
  const response = await fetch(landfall.url + new URL(url).pathname, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": randomUUID(),
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret ?? "")
        .update(body)
        .digest("hex")}`,
    },
  });
  const receipt = (await response.json()) as DeliveryReceipt;
  if (!receipt.deployment) throw new Error(`the delivery of ${commit} was answered ${JSON.stringify(receipt)}`);
  return receipt.deployment;
}

function sharesOf({ queuedAt, startedAt, phases }: DeploymentView, sentMs: number, pushedMs: number) {
  const queuedMs = Date.parse(queuedAt);
  return [
    ["git push", pushedMs - sentMs],
    ["delivery", queuedMs - pushedMs],
    ["queue", Date.parse(startedAt ?? "") - queuedMs],
    ...phases.map(({ key, durationMs }) => [key, durationMs ?? 0] as const),
  ] as const;
}

function measureOf(what: string, pushes: readonly Pushed[], budget: { atMost: number }): Measure {
  const own = budget.atMost < 2_000 ? WAITED_MS : 0;
  const found = distributionOf(pushes.map(({ totalMs }) => totalMs - own));
  const names = pushes[0]?.shares.map(([name]) => name) ?? [];
  const shares = names.map((name, at) => {
    const { p50 } = distributionOf(pushes.map((each) => each.shares[at]?.[1] ?? 0));
    return `${name} ${p50.toFixed(0)}`;
  });
  const notes = `${describeDistribution(found)}; p50 of ${shares.join(", ")} ms`;
  return { what, value: found.p50, unit: "ms", budget, notes };
}
