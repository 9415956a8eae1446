import { expect, test } from "vitest";
import { usageIn as processUsageIn } from "../process/usage";
import { unitName } from "../systemd/names";
import { usageIn as unitUsageIn } from "../systemd/usage";
import { figuresIn, groupFigures } from "./figures";

const printed = (stdout: string) => figuresIn({ exitCode: 0, signal: null, stdout, stderr: "" });
const RELEASE = "538e0560-9cf5-4c02-940a-df1189ab3c07";
const place = { base: "/opt/landfall/services" };
const unit = (serviceName: string, base = place.base) => unitName({ base, serviceName }, RELEASE);

/** Printed on a test host, which has control groups of version 1. Only the names of units were changed. */
const CONTAINERS = `3355.83
e3525ec67ef870509e9714c715d75fbd5dd50f956e81376e456e57dca18d37d6 86467000 10964992
`;
const UNITS = `3355.50
${unit("shop")} 542088e467534f6ab7e7f64bc51e9e26 4 96559000 10035200
${unit("blog")} 628e1e2dd35c4107b024d4721fcede29 0 - 10223616
${unit("shop", "/srv/other")} 2a61b13f4f64486a96b8ddbf808241dd 0 1 1
`;
/** Of a Node server and a `sleep` that it started. */
const PROCESSES = `3419.08 100 4096
11753 2 11883
11753 0 407
`;

test("containers: nanoseconds and bytes", () => {
  const { uptimeMs, lines } = printed(CONTAINERS);
  expect(uptimeMs).toBe(3_355_830);
  expect(lines.map(([, cpu, memory]) => groupFigures(cpu, memory))).toEqual([
    { cpuMs: 86.467, memoryBytes: 10_964_992 },
  ]);
});

test("units: those of the base directory, and no figure where the host does not account for it", () => {
  const { uptimeMs, releases } = unitUsageIn(place, printed(UNITS));
  expect(uptimeMs).toBe(3_355_500);
  expect(releases).toEqual([
    {
      ...{ serviceName: "shop", releaseId: RELEASE, run: "542088e467534f6ab7e7f64bc51e9e26", restarts: 4 },
      ...{ cpuMs: 96.559, memoryBytes: 10_035_200 },
    },
    {
      ...{ serviceName: "blog", releaseId: RELEASE, run: "628e1e2dd35c4107b024d4721fcede29", restarts: 0 },
      ...{ cpuMs: null, memoryBytes: 10_223_616 },
    },
  ]);
});

test("processes: the sum of a release's session, by the host's ticks and pages", () => {
  const release = (id: string, pid: number | null) => ({
    ...({ id, pid, state: "running", since: "2026-12-02T17:00:00.000Z", restarts: 1, limits: "not-asked" } as const),
    ...{ address: null, exitCode: null, signal: null },
    spec: {
      ...{ directory: "/srv", command: "node .", environmentFile: "/srv/.env", publicPort: 4_000 },
      ...{ bindAddress: null, memoryMb: null, cpus: null },
    },
  });
  const releases = [release(RELEASE, 11_753), release("stopped", null), release("gone", 4_711)];
  const commands = [release(`${RELEASE}-after-switch`, 11_753)];
  const services = [{ name: "shop", port: 4_000, current: RELEASE, releases: [...releases, ...commands] }];
  const figures = { cpuMs: 20, memoryBytes: (11_883 + 407) * 4_096, restarts: 1 };
  expect(processUsageIn(services, printed(PROCESSES))).toEqual([
    { serviceName: "shop", releaseId: RELEASE, run: "11753", ...figures },
  ]);
});

test("a command that failed, and output without the host's uptime, are problems", () => {
  const failed = { exitCode: 1, signal: null, stdout: "", stderr: "sh: not found\n" };
  expect(() => figuresIn(failed)).toThrow(expect.objectContaining({ code: "command-failed", detail: "sh: not found" }));
  expect(() => printed("")).toThrow(expect.objectContaining({ code: "command-failed" }));
});
