import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { distributionOf } from "./harness/distribution";
import type { Installation } from "./harness/installation";
import type { Measure } from "./harness/measure";
import { addRemoteService, type RemoteService, timeDeployment, writeLargeSource } from "./harness/remote-service";
import { NO_WAITS } from "./harness/sample-service";
import type { Scenario } from "./harness/scenario";
import { addServerTarget, type Server, startServer } from "./harness/server";

const run = promisify(execFile);

const ROUNDS = 3;
const FIRST_PORT = 8_100;
const KINDS = ["first", "one file changed", "nothing changed"] as const;
type Kind = (typeof KINDS)[number];

/** Sends, builds, starts and waits until the service answers; returns the duration in milliseconds. */
interface Contestant {
  name: string;
  deploy(service: RemoteService): Promise<number>;
}

/**
 * The same work in three ways on the same host: Landfall, a hand-written script and a playbook. Each has a unique
 * folder, so that none profits from another's layers. Each round measures the first deployment, one with one of 1,000
 * files changed, and one with nothing changed. Peers run from the checkout (bench/peers).
 */
export const dockerOverSsh: Scenario = {
  name: "docker-over-ssh",
  async run(landfall) {
    const server = await startServer(landfall);
    try {
      const contestants = await contestantsOn(landfall, server);
      const times = new Map<string, number[]>();
      for (let round = 1; round <= ROUNDS; round += 1) {
        for (const [index, contestant] of contestants.entries())
          await runRound(landfall, contestant, { round, port: FIRST_PORT + round * 10 + index, times });
      }
      return KINDS.flatMap((kind) => compare(kind, times));
    } finally {
      await server.stop();
    }
  },
};

async function contestantsOn(landfall: Installation, server: Server): Promise<Contestant[]> {
  const target = await addServerTarget(landfall, server);
  const known = new Set<string>();
  const ours: Contestant = {
    name: "landfall",
    async deploy(service) {
      // A peer's time starts with an existing script; so does ours with an existing service.
      if (!known.has(service.name))
        await addRemoteService(landfall, target, service, { driver: "docker", health: NO_WAITS });
      known.add(service.name);
      return timeDeployment(landfall, service.name);
    },
  };
  const peers = [
    { name: "script", command: scriptCommand },
    { name: "playbook", command: playbookCommand },
  ].map(({ name, command }) => ({
    name,
    async deploy(service: RemoteService) {
      const [file, ...args] = command(server, service);
      const startedMs = Date.now();
      await run(file as string, args, { env: { ...process.env, ANSIBLE_HOST_KEY_CHECKING: "true" } });
      return Date.now() - startedMs;
    },
  }));
  return [ours, ...peers];
}

function scriptCommand({ host, knownHosts }: Server, { folder, name, port }: RemoteService): string[] {
  const key = host.keys.ed25519.file;
  return ["bench/peers/rsync-build-run.sh", host.address, folder, name, String(port), key, knownHosts];
}

function playbookCommand({ host, knownHosts }: Server, { folder, name, port }: RemoteService): string[] {
  const variables = {
    ansible_host: host.address,
    ansible_user: "root",
    ansible_ssh_private_key_file: host.keys.ed25519.file,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${knownHosts}`,
    ansible_python_interpreter: "/usr/bin/python3",
    folder,
    service: name,
    port,
  };
  const extra = JSON.stringify(variables);
  return ["ansible-playbook", "--inventory", `${host.address},`, "--extra-vars", extra, "bench/peers/playbook.yml"];
}

async function runRound(
  landfall: Installation,
  contestant: Contestant,
  { round, port, times }: { round: number; port: number; times: Map<string, number[]> },
): Promise<void> {
  const name = `${contestant.name}-${round}`;
  const service = { name, port, folder: join(landfall.sources, name) };
  await writeLargeSource(service.folder, name);
  for (const kind of KINDS) {
    const version = `${name}, ${kind}`;
    if (kind === "one file changed") await writeFile(join(service.folder, "version"), version);
    const tookMs = await contestant.deploy(service);
    const key = `${contestant.name}, ${kind}`;
    times.set(key, [...(times.get(key) ?? []), tookMs]);
  }
}

function compare(kind: Kind, times: ReadonlyMap<string, number[]>): Measure[] {
  const median = (name: string) => distributionOf(times.get(`${name}, ${kind}`) ?? []).p50;
  const ours = median("landfall");
  const ratio = (peer: string, atMost?: number): Measure => ({
    what: `docker over SSH, ${kind}: Landfall to the ${peer}`,
    value: ours / median(peer),
    unit: "×",
    ...(atMost === undefined ? {} : { budget: { atMost } }),
    notes: `${ours} ms to ${median(peer)} ms, medians of ${ROUNDS}`,
  });
  return [ratio("script", kind === "first" ? 1.25 : 1), ratio("playbook", 0.6)];
}
