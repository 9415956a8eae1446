import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Host, SourceTree } from "@/lib/hosts/host";
import { scanTree } from "@/lib/hosts/scan-tree";
import { openSshHost } from "@/lib/hosts/ssh/ssh-host";
import { distributionOf } from "./harness/distribution";
import type { Measure } from "./harness/measure";
import { writeLargeSource } from "./harness/remote-service";
import type { Scenario } from "./harness/scenario";
import { loginTo, type Server, startServer } from "./harness/server";

const run = promisify(execFile);
const ROUNDS = 3;
const KINDS = ["first", "one file changed"] as const;

/** 1,000 files, 20 MB: Landfall's transfer alone, compared with rsync and with OpenSSH's SFTP, file by file. */
export const transfer: Scenario = {
  name: "transfer",
  async run(landfall) {
    const server = await startServer(landfall);
    const host = openSshHost(await loginTo(server));
    try {
      const folder = join(landfall.sources, "transfer");
      await writeLargeSource(folder, "transfer");
      const times = new Map<string, number[]>();
      for (let round = 1; round <= ROUNDS; round += 1) {
        const add = (name: string, ms: number) => times.set(name, [...(times.get(name) ?? []), ms]);
        await runRound({ server, host, folder, round, add });
      }
      return measuresOf(times);
    } finally {
      await host.close();
      await server.stop();
    }
  },
};

interface Round {
  server: Server;
  host: Host;
  folder: string;
  round: number;
  add: (name: string, ms: number) => void;
}

async function runRound({ server, host, folder, round, add }: Round): Promise<void> {
  let base: { path: string; entries: SourceTree["entries"] } | undefined;
  for (const [index, kind] of KINDS.entries()) {
    await writeFile(join(folder, "version"), `${round} ${kind}`);
    const to = `/srv/ours-${round}-${index}`;
    const ours = await timed(async () => {
      const tree = await scanTree(folder);
      await host.putTree(tree, to, { base });
      base = { path: to, entries: tree.entries };
    });
    add(`landfall, ${kind}`, ours);
    const rsync = ["--archive", "--compress", "--delete", `--rsh=${sshCommand(server)}`];
    const rsynced = () => run("rsync", [...rsync, `${folder}/`, `root@${server.host.address}:/srv/rsync-${round}/`]);
    add(`rsync, ${kind}`, await timed(rsynced));
  }
  add("sftp, first", await timed(() => sftp(server, folder, round)));
}

function sshCommand({ host, knownHosts }: Server): string {
  return `ssh -i ${host.keys.ed25519.file} -o UserKnownHostsFile=${knownHosts} -o BatchMode=yes`;
}

/** It creates the folder, then sends one file after another. */
async function sftp({ host, knownHosts }: Server, folder: string, round: number): Promise<void> {
  const batch = `${knownHosts}-batch`;
  await writeFile(batch, `mkdir /srv/sftp-${round}\nput -r ${folder}/. /srv/sftp-${round}\n`);
  const options = ["-i", host.keys.ed25519.file, "-o", `UserKnownHostsFile=${knownHosts}`, "-q", "-b", batch];
  await run("sftp", [...options, `root@${host.address}`]);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

function measuresOf(times: ReadonlyMap<string, number[]>): Measure[] {
  const median = (name: string) => distributionOf(times.get(name) ?? []).p50;
  const ratio = (kind: string, peer: string): Measure => {
    const [ours, theirs] = [median(`landfall, ${kind}`), median(`${peer}, ${kind}`)];
    const notes = `${ours.toFixed(0)} ms to ${theirs.toFixed(0)} ms, medians of ${ROUNDS}`;
    return { what: `transfer of 1,000 files, ${kind}: Landfall to ${peer}`, value: ours / theirs, unit: "×", notes };
  };
  return [ratio("first", "rsync"), ratio("one file changed", "rsync"), ratio("first", "sftp")];
}
