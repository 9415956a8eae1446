import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import { AttackedServer, KEY } from "../contract/attacked-server";
import {
  type HostileAnswer,
  mayNameItsBase,
  refusals,
  type Trespass,
  withoutReasons,
  writeHostileService,
} from "../contract/hostile-service";

/**
 * What a member's build makes Docker's builders fetch. That a build of the older one gets at nothing is in
 * ../contract/hostile.hosts.test.ts.
 */
const testHost = await takeHost();
const server = await AttackedServer.on(testHost);
beforeAll(() => server.open());
afterAll(() => server.close());

const METADATA = "http://169.254.169.254/";
const TRIGGERING = "landfall-test/triggering";

/** This file distinguishes BuildKit from the older builder; the builder inside Docker does the work. */
const BUILDX = `
mkdir -p /usr/local/lib/docker/cli-plugins
cat >/usr/local/lib/docker/cli-plugins/docker-buildx <<'END'
#!/bin/sh
echo '{"SchemaVersion": "0.1.0", "Vendor": "Landfall tests", "Version": "v0.0.0"}'
END
chmod +x /usr/local/lib/docker/cli-plugins/docker-buildx
`;

async function withBuildKit(): Promise<void> {
  onTestFinished(async () => {
    await testHost.script("rm -r /usr/local/lib/docker/cli-plugins");
  });
  await testHost.script(BUILDX);
}

/** Lines that would make Docker itself fetch something, by the reason of the refusal and the line. */
const FETCHES = {
  "add 2": ["FROM landfall-test/python", `ADD ${METADATA} /stolen`],
  "add 3": ["FROM landfall-test/python", `ARG WHERE=${METADATA}`, "ADD $WHERE /stolen"],
  // The older parser does not know heredocs, and runs their content as instructions.
  "add 4": ["ARG BASE=landfall-test/python", "FROM $BASE", "RUN <<CMD", `ADD ${METADATA} /stolen`, "CMD"],
  "registry 1": ["FROM localhost:5000/acme/web"],
  "frontend 1": ["# syntax=169.254.169.254/x", "FROM landfall-test/python"],
  "onbuild 2": ["ARG BASE=triggering", "FROM landfall-test/$BASE"],
} as const;

/** How often the metadata address was asked. */
const asked = async () => (await testHost.exec(["journalctl", "--unit=metadata", "--output=cat"])).split("GET ").length;

async function build(lines: readonly string[], isConfined: boolean) {
  const folder = join(server.roots, "fetching");
  await writeHostileService(folder, { trespasses: [], decoy: KEY, victim: "/nowhere" });
  const rest = ["WORKDIR /app", "ADD . .", "RUN echo {} >build-outcomes.json", 'CMD ["python3", "main.py"]', ""];
  await writeFile(join(folder, "Dockerfile"), [...lines, ...rest].join("\n"));
  return (await server.aService("fetching", { driver: "docker" })).deploy({ isConfined });
}

async function expectRefusals(): Promise<void> {
  const before = await asked();
  for (const [why, lines] of Object.entries(FETCHES)) {
    const { problem } = await build(lines, true);
    expect(problem?.toData(), why).toMatchObject({ code: "dockerfile-refused" });
    expect(`${problem?.params.reason} ${problem?.params.line}`).toBe(why);
  }
  expect(await asked()).toBe(before);
}

beforeAll(async () => {
  const trigger = `printf 'FROM landfall-test/python\nONBUILD ADD ${METADATA} /stolen\n' | docker build --tag "$1" -`;
  await testHost.script(trigger, [TRIGGERING]);
});

test("docker: the older builder fetches nothing for a member from the host's own network", async () => {
  await expectRefusals();
  // An administrator's build is not refused, and fetches from the address: there was something to protect.
  const before = await asked();
  expect((await build(FETCHES["onbuild 2"], false)).problem).toBeNull();
  expect(await asked()).toBeGreaterThan(before);
});

test("docker: the newer builder fetches nothing for a member from the host's own network", async () => {
  await withBuildKit();
  await expectRefusals();
  const before = await asked();
  await testHost.script('echo "FROM $1" | DOCKER_BUILDKIT=1 docker build -', [TRIGGERING]);
  expect(await asked()).toBeGreaterThan(before);
});

test("docker: a build of the newer builder does not get at the metadata address either", async () => {
  const at = await server.root.makeBase();
  await withBuildKit();
  const closed = async () =>
    (await testHost.script("iptables -S DOCKER-USER")).match(/-s (?!172\.17\.)\S+ -d 169\.254\.169\.254/g) ?? [];
  const before = await closed();
  const trespasses: Trespass[] = [{ what: "ask", at: "169.254.169.254:80" }];
  const folder = join(server.roots, "hostile-buildkit");
  await writeHostileService(folder, { trespasses, decoy: KEY, victim: "/nowhere" });
  await mayNameItsBase(folder);
  const hostile = await server.aService("hostile-buildkit", { driver: "docker" }, { at });
  const attempt = await hostile.deploy({ isConfined: true });
  expect(attempt.problem).toBeNull();
  expect(attempt.log.join("\n")).toMatch(/^#\d+ \[/m);
  const { build: outcomes } = (await server.answerOf(hostile)) as HostileAnswer;
  expect(withoutReasons(outcomes)).toEqual(refusals(trespasses));
  expect((await hostile.remove()).problem).toBeNull();
  await server.root.closeBase({ host: server.host, base: at });
  // Nothing of the removed network is left.
  expect(await closed()).toEqual(before);
});
