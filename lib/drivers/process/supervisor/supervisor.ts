import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endGroup, endStrays, startTimeOf } from "./processes";
import {
  ControlFailure,
  type ReleaseSpec,
  type ServiceStatus,
  STATE_FILE,
  type StopAnswer,
  type SupervisorState,
  type SupervisorStatus,
} from "./protocol";
import { report } from "./report";
import { Service, type StopHow } from "./service";

const LEFTOVER_GRACE_MS = 2_000;
const SHUTDOWN_DRAIN_MS = 2_000;

/** All services of one base directory, and the state file of what must run. */
export class Supervisor {
  readonly #base: string;
  readonly #version: string;
  readonly #services = new Map<string, Service>();
  #closing: Promise<unknown> | null = null;

  constructor(base: string, version: string) {
    this.#base = base;
    this.#version = version;
  }

  /** Restores every live release of the last supervisor, however that one ended. */
  async restore(): Promise<void> {
    const state = readState(join(this.#base, STATE_FILE));
    await Promise.all(state.services.flatMap(({ releases }) => releases).map(endLeftover));
    const leftovers = state.services.map(({ name }) =>
      endStrays({ base: this.#base, serviceName: name }, { graceMs: LEFTOVER_GRACE_MS }),
    );
    await Promise.all(leftovers);
    const serving = state.services.flatMap(({ name, current, releases }) =>
      releases.filter(({ id }) => id === current).map(({ id, spec }) => ({ name, id, spec })),
    );
    await Promise.all(serving.map(({ name, id, spec }) => this.#service(name).restore(id, spec)));
    const workers = state.services.flatMap(({ name, releases }) =>
      releases.filter(({ kept }) => kept).map(({ id, spec }) => this.#service(name).restoreWorker(id, spec)),
    );
    await Promise.all(workers);
    this.#save();
  }

  status(): SupervisorStatus {
    const services = [...this.#services.values()].map((service) => service.status());
    return { pid: process.pid, version: this.#version, services };
  }

  serviceStatus(name: string): ServiceStatus {
    return this.#find(name).status();
  }

  output(name: string, releaseId: string): readonly string[] {
    return this.#find(name).output(releaseId);
  }

  async startRelease(name: string, id: string, spec: ReleaseSpec): Promise<ServiceStatus> {
    if (this.#closing) throw new ControlFailure("cannot-start", "the supervisor is ending");
    const service = this.#service(name);
    try {
      await service.startRelease(id, spec);
    } finally {
      this.#save();
    }
    return service.status();
  }

  async switchTo(name: string, id: string | null, evenIfDown: boolean): Promise<ServiceStatus> {
    const service = this.#find(name);
    await service.switchTo(id, evenIfDown);
    return service.status();
  }

  keep(name: string, id: string): ServiceStatus {
    const service = this.#find(name);
    service.keep(id);
    return service.status();
  }

  /** A service without releases is removed. */
  async stopRelease(name: string, id: string, how: StopHow): Promise<StopAnswer> {
    const service = this.#services.get(name);
    if (!service) return { cut: [] };
    const cut = await service.stopRelease(id, how);
    if (service.isEmpty) await this.removeService(name, 0);
    return { cut: [cut] };
  }

  async removeService(name: string, drainMs: number): Promise<StopAnswer> {
    const service = this.#services.get(name);
    if (!service) return { cut: [] };
    this.#services.delete(name);
    this.#save();
    return { cut: await service.stop(drainMs) };
  }

  /** Stops everything and keeps the state file, so that the next supervisor restores all services. */
  shutDown(): Promise<unknown> {
    this.#closing ??= Promise.all([...this.#services.values()].map((service) => service.stop(SHUTDOWN_DRAIN_MS)));
    return this.#closing;
  }

  #service(name: string): Service {
    const known = this.#services.get(name);
    if (known) return known;
    const service = new Service({ name, base: this.#base, changed: () => this.#save() });
    this.#services.set(name, service);
    return service;
  }

  #find(name: string): Service {
    const service = this.#services.get(name);
    if (!service) throw new ControlFailure("unknown", `no service ${name}`);
    return service;
  }

  #save(): void {
    if (this.#closing) return;
    const state: SupervisorState = { services: [...this.#services.values()].map((service) => service.record()) };
    writeJson(join(this.#base, STATE_FILE), state);
  }
}

function readState(file: string): SupervisorState {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as SupervisorState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { services: [] };
    if (!(error instanceof SyntaxError)) throw error;
    // A supervisor that refused to start would block every deployment: the file is kept for a person to check.
    report(`${file} is not JSON: starting with no services`);
    renameSync(file, `${file}.unreadable`);
    return { services: [] };
  }
}

/** Ends a process that a killed supervisor left running, if its id still belongs to that process. */
async function endLeftover({ pid, startTime }: SupervisorState["services"][number]["releases"][number]): Promise<void> {
  if (pid !== null && startTime !== null && startTimeOf(pid) === startTime) await endGroup(pid, LEFTOVER_GRACE_MS);
}

/** Writes atomically, for this user only. Synchronous, so that no answer is sent before its state is on disk. */
export function writeJson(path: string, value: unknown): void {
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(beside, path);
}
