import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import { LocalHost } from "@/lib/hosts/local-host";
import { complaintsAbout, forTheServer } from "@/lib/self/environment-file";
import { type EnvironmentName, fileNames } from "@/lib/self/installation";
import { type Release, timestampOf } from "@/lib/self/release";
import type { ReleaseFiles } from "@/lib/self/release-files";

const OTHERS_MAY_READ = 0o077;
const FEW_FILES = 5;

/** A clone of Landfall, from which a release is built. */
export class Clone {
  readonly #here = new LocalHost();
  readonly #names: ReturnType<typeof fileNames>;

  constructor(
    readonly root: string,
    environment: EnvironmentName,
    /** Base images and the like, from the environment this was started with. */
    readonly buildArguments: Readonly<Record<string, string>>,
  ) {
    this.#names = fileNames(environment);
  }

  /** Throws `cannot-update` when there is none. */
  async settings(): Promise<string> {
    const name = this.#names.environment;
    return this.#read(name, `copy ${name}.example to ${name}, chmod 600 it, and say there what is yours`);
  }

  async files(): Promise<ReleaseFiles> {
    const [compose, caddy, environment] = await Promise.all([
      this.#read(this.#names.compose),
      this.#read(this.#names.caddy),
      this.settings(),
    ]);
    return { compose, caddy, environment: forTheServer(environment) };
  }

  async release(now: Date): Promise<Release> {
    const { version } = JSON.parse(await this.#read("package.json")) as { version: string };
    const timestamp = timestampOf(now);
    return { timestamp, version, commit: await this.#commit(), image: `landfall:${version}-${timestamp}` };
  }

  async complaints(): Promise<string[]> {
    const name = this.#names.environment;
    const [{ mode }, text, example] = await Promise.all([
      stat(join(this.root, name)),
      this.settings(),
      this.#read(`${name}.example`),
    ]);
    const isOpen = (mode & OTHERS_MAY_READ) !== 0;
    const about = complaintsAbout(text, example).map((complaint) => `${name}: ${complaint}`);
    return [
      ...(isOpen ? [`${name} can be read by others: chmod 600 ${name}`] : []),
      ...about,
      ...(await this.#changes()),
    ];
  }

  async #changes(): Promise<string[]> {
    const { exitCode, stdout } = await this.#git("status", "--porcelain");
    if (exitCode !== 0) return ["This folder is no git clone, so nobody could tell later what was deployed."];
    const changed = stdout.split("\n").filter(Boolean);
    if (changed.length === 0) return [];
    const few = changed.slice(0, FEW_FILES).map((line) => line.slice(3));
    const more = changed.length > FEW_FILES ? `, and ${changed.length - FEW_FILES} more` : "";
    return [`The clone has changes that are not committed: ${few.join(", ")}${more}.`];
  }

  async #commit(): Promise<string | null> {
    const { exitCode, stdout } = await this.#git("rev-parse", "--short=12", "HEAD");
    return exitCode === 0 ? stdout.trim() : null;
  }

  #git(...args: string[]) {
    return this.#here.run({ args: ["git", ...args], cwd: this.root });
  }

  async #read(name: string, remedy = "this is not a whole clone of Landfall"): Promise<string> {
    try {
      return await readFile(join(this.root, name), "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
      throw new Problem("cannot-update", { detail: `There is no ${name} in ${this.root}: ${remedy}.`, cause });
    }
  }
}
