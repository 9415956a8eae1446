import { runOnHost } from "./command-line";
import type { HostFacts, HostKey, HostKeyKind, HostName, KeyName, Keys, Registry, UserName } from "./facts";
import { Faults } from "./faults";
import { containerOf } from "./fleet";
import { isReady } from "./is-ready";
import { AUTHORIZE, authorizedKeys } from "./keys";
import { type CommandOptions, type Ended, outputOf, runCommand } from "./run-command.mjs";
import { readState } from "./state";

export interface ExecOptions extends Omit<CommandOptions, "env"> {
  user?: UserName;
}

/** A server that tests deploy to. These methods use its container, so they also work when its network is cut. */
export class TestHost {
  readonly name: HostName;
  readonly address: string;
  readonly insideAddress: string;
  readonly port = 22;
  readonly dockerSocketPath = "/var/run/docker.sock";
  readonly hostKeys: Readonly<Record<HostKeyKind, HostKey>>;
  readonly keys: Keys;
  readonly registry: Registry;
  readonly faults: Faults;

  constructor(facts: HostFacts, { keys, registry }: { keys: Keys; registry: Registry }) {
    this.name = facts.name;
    this.address = facts.address;
    this.insideAddress = facts.insideAddress;
    this.hostKeys = facts.hostKeys;
    this.keys = keys;
    this.registry = registry;
    this.faults = new Faults(this);
  }

  /** The output of a program; rejects with the end of its output when it fails. */
  async exec(args: readonly string[], options: ExecOptions = {}): Promise<string> {
    return outputOf(await this.tryExec(args, options), options.label ?? `${this.name}: ${args[0]}`);
  }

  /** The same, whatever its exit code. */
  tryExec(args: readonly string[], { user = "root", stdin = "", timeoutMs }: ExecOptions = {}): Promise<Ended> {
    return runOnHost(this.name, { args, user, stdin, timeoutMs });
  }

  /** Bash, which stops at the first failed command; `args` are $1 and on. */
  script(text: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<string> {
    return this.exec(["bash", "-euo", "pipefail", "-c", text, "script", ...args], options);
  }

  /** Resolves when systemd has started everything and sshd answers. */
  isReady(): Promise<void> {
    return isReady(this.name, this.address);
  }

  /** Lets every key in but the stranger's and those named, as every user. */
  async authorizeKeys(except: readonly KeyName[] = []): Promise<void> {
    await this.script(AUTHORIZE, [], { stdin: authorizedKeys(this.keys, except) });
  }

  /** Restores the initial state: faults are reverted; tests' containers, images, units, users and files are removed. */
  async reset(): Promise<void> {
    if (!(await this.#isBooted())) {
      await runCommand(["docker", "start", containerOf(this.name)]);
      await this.isReady();
    }
    await this.authorizeKeys();
    await this.exec(["reset-host"]);
  }

  /** The host itself is asked: each start of Docker's command costs as much as a whole reset. */
  async #isBooted(): Promise<boolean> {
    const state = await this.tryExec(["systemctl", "is-system-running", "--wait"]).catch(() => null);
    return /^(running|degraded)/.test(state?.stdout ?? "");
  }
}

/** All hosts that the global setup of the project `hosts` started. Take a host before changing anything on it. */
export function testHosts(): TestHost[] {
  const state = readState();
  if (!state) throw new Error("no test hosts are up: run this in the vitest project `hosts`");
  return state.hosts.map((facts) => new TestHost(facts, state));
}

export function testHost(name: HostName): TestHost {
  const host = testHosts().find((one) => one.name === name);
  if (!host) throw new Error(`there is no test host ${name}`);
  return host;
}
