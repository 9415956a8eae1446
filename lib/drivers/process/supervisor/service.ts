import { execFile } from "node:child_process";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { type CutShort, NOTHING_CUT } from "../../cut-short";
import { oldAssetsDirectory } from "../../release-layout";
import { endAllOf } from "./cage";
import { endStrays } from "./processes";
import { ControlFailure, type ReleaseSpec, type ServiceStatus, type SupervisorState } from "./protocol";
import { PublicPort } from "./proxy";
import { Release } from "./release";
import { report } from "./report";
import { RotatingLog } from "./rotating-log";

const PORT_RETRY_MS = 1_000;
const run = promisify(execFile);

export interface StopHow {
  drainMs: number;
  /** Between TERM and KILL. */
  graceMs?: number;
  evenIfServing?: boolean;
}

/** One service: its public port, the live release, and the releases that start or end beside it. */
export class Service {
  readonly name: string;
  readonly #base: string;
  /** The files of earlier releases, by the paths of the site. */
  readonly #oldAssets: string;
  readonly #log: RotatingLog;
  readonly #changed: () => void;
  readonly #releases = new Map<string, Release>();
  #port: PublicPort | null = null;
  #current: Release | undefined;
  #portRetry: NodeJS.Timeout | undefined;

  constructor(options: { name: string; base: string; changed: () => void }) {
    this.name = options.name;
    this.#base = options.base;
    this.#oldAssets = join(oldAssetsDirectory({ base: options.base, serviceName: options.name }), "files");
    this.#changed = options.changed;
    this.#log = new RotatingLog(join(options.base, options.name, "log", "output.log"));
  }

  get isEmpty(): boolean {
    return this.#releases.size === 0;
  }

  status(): ServiceStatus {
    const releases = [...this.#releases.values()].map((release) => release.status());
    return { name: this.name, port: this.#port?.port ?? null, current: this.#current?.id ?? null, releases };
  }

  record(): SupervisorState["services"][number] {
    const releases = [...this.#releases.values()].map((release) => release.record());
    return { name: this.name, current: this.#current?.id ?? null, releases };
  }

  output(id: string): readonly string[] {
    return this.#find(id).recentOutput;
  }

  /** Starts a release beside the others. A release that already runs with the same specification stays as it is. */
  async startRelease(id: string, spec: ReleaseSpec): Promise<void> {
    const known = this.#releases.get(id);
    known?.revive();
    if (known?.isAlive && !known.isStopping && isDeepStrictEqual(known.spec, spec)) return;
    if (known && known === this.#current && known.isAlive)
      throw new ControlFailure("serving", `release ${id} serves with another specification`);
    await known?.stop(0);
    const release = this.#newRelease(id, spec);
    this.#releases.set(id, release);
    if (known === this.#current && known) this.#current = release;
    await release.start();
    if (release === this.#current) release.serve();
  }

  /**
   * Routes new requests to a release that listens; null closes the public port. The release before keeps running.
   * `evenIfDown` is for switching back: the release becomes live, and is restarted, even if it is not up yet.
   */
  async switchTo(id: string | null, evenIfDown = false): Promise<void> {
    const next = id === null ? undefined : this.#find(id);
    if (next?.isStopping || (next && !next.address && !evenIfDown))
      throw new ControlFailure("not-running", `release ${id} does not run`);
    if (next) await this.#openPort(next.spec.publicPort, next.spec.bindAddress);
    else this.#closePort();
    const before = this.#current;
    this.#current = next;
    next?.serve();
    if (before !== next) before?.standAside();
    this.#changed();
  }

  /**
   * Drains a release that is not live, then stops and removes it. A live release is stopped with `evenIfServing` only: it
   * stays the current one, so starting it again restores the service.
   */
  async stopRelease(id: string, { drainMs, graceMs, evenIfServing }: StopHow): Promise<CutShort> {
    const release = this.#releases.get(id);
    if (!release) return NOTHING_CUT;
    if (release === this.#current && evenIfServing) return release.stop(drainMs);
    if (release === this.#current) throw new ControlFailure("serving", `release ${id} serves`);
    const cut = await release.stop(drainMs, graceMs);
    // It may have been revived meanwhile.
    if (release.isStopping && this.#releases.get(id) === release) this.#releases.delete(id);
    this.#changed();
    return cut;
  }

  /** From now on a worker is started again when it ends, and with the supervisor. */
  keep(id: string): void {
    this.#find(id).serve();
    this.#changed();
  }

  /** Ends everything. An earlier `record()` still shows what ran. */
  async stop(drainMs: number): Promise<CutShort[]> {
    this.#closePort();
    const cuts = await Promise.all([...this.#releases.values()].map((release) => release.stop(drainMs)));
    this.#current = undefined;
    this.#releases.clear();
    await this.#endStrays();
    this.#log.close();
    return cuts;
  }

  /** After a restart of the supervisor: the port opens first, and answers 503 until the release is up again. */
  async restore(id: string, spec: ReleaseSpec): Promise<void> {
    const release = this.#newRelease(id, spec);
    this.#releases.set(id, release);
    this.#current = release;
    await this.#openPortPatiently(spec);
    await release.start().catch((error: Error) => report(`${this.name}: ${error.message}`));
    release.serve();
  }

  /** The same for a worker. One that cannot start is tried again. */
  async restoreWorker(id: string, spec: ReleaseSpec): Promise<void> {
    const release = this.#newRelease(id, spec);
    this.#releases.set(id, release);
    await release.start().catch((error: Error) => report(`${this.name}: ${error.message}`));
    release.serve();
  }

  /** Retries: a process that is just ending may still have the port for a moment. */
  async #openPortPatiently(spec: ReleaseSpec): Promise<void> {
    try {
      await this.#openPort(spec.publicPort, spec.bindAddress);
    } catch (error) {
      report(`${this.name}: ${(error as Error).message}; trying again`);
      this.#portRetry = setTimeout(() => void this.#openPortPatiently(spec), PORT_RETRY_MS);
    }
  }

  async #openPort(port: number, bindAddress: string | null): Promise<void> {
    clearTimeout(this.#portRetry);
    const before = this.#port;
    if (before?.port === port && before.bindAddress === bindAddress) return;
    // The same port on another address can only be opened once it is free.
    if (before?.port === port) await before.close();
    this.#port = await PublicPort.open(port, bindAddress, () => this.#current, this.#oldAssets);
    if (before && before.port !== port) void before.close();
  }

  #closePort(): void {
    clearTimeout(this.#portRetry);
    void this.#port?.close();
    this.#port = null;
  }

  #newRelease(id: string, spec: ReleaseSpec): Release {
    return new Release({
      id,
      spec,
      base: this.#base,
      serviceName: this.name,
      log: this.#log,
      changed: this.#changed,
    });
  }

  /** A process that dropped the variable of its release still has the service's user. */
  async #endStrays(): Promise<void> {
    await endStrays({ base: this.#base, serviceName: this.name }, { graceMs: 0 });
    const [file, ...args] = endAllOf({ base: this.#base, serviceName: this.name });
    await run(file, args).catch((error: Error) => report(`${this.name}: ${error.message}`));
  }

  #find(id: string): Release {
    const release = this.#releases.get(id);
    if (!release) throw new ControlFailure("unknown", `no release ${id}`);
    return release;
  }
}
