import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { minimalEnvironment } from "@/lib/platform/env";
import type { TestHost } from "../hosts/test-host";

const run = promisify(execFile);
const API_PORT = 3_000;

/** Arguments: the pushing person's key. A user `git` with one bare repository, as a forge has it. */
const MAKE = `
useradd --create-home --home-dir /srv/git --shell /usr/bin/git-shell git
install -d -m 0700 -o git -g git /srv/git/.ssh
printf '%s\\n' "$1" >/srv/git/.ssh/authorized_keys
runuser -u git -- git init --quiet --bare --initial-branch main /srv/git/acme/shop.git
systemd-run --quiet --unit test-forge-api python3 -c "$2"
`;

/** The API for commit statuses, as Gitea documents it: each one that comes with the token is a line of a file. */
const API = `
import json
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        allowed = self.headers["Authorization"] == "token forge-t0ken"
        if allowed:
            with open("/srv/statuses", "a") as file:
                file.write(json.dumps({"path": self.path, **body}) + "\\n")
        self.send_response(201 if allowed else 401)
        self.end_headers()
        self.wfile.write(b"{}")

HTTPServer(("", ${API_PORT}), Handler).serve_forever()
`;

/** A Git server on a test host: its own sshd, Git, and an API for commit statuses. */
export class Forge {
  readonly url: string;
  readonly api: { server: string; user: string; secret: string };
  readonly #clone: string;

  private constructor(
    readonly host: TestHost,
    clone: string,
  ) {
    this.url = `git@${host.address}:acme/shop.git`;
    this.api = { server: `http://${host.address}:${API_PORT}`, user: "landfall", secret: "forge-t0ken" };
    this.#clone = clone;
  }

  static async make(host: TestHost, folder: string): Promise<Forge> {
    await host.script(MAKE, [host.keys.ed25519.line, API]);
    const forge = new Forge(host, await mkdtemp(join(folder, "clone-")));
    await forge.git("init", "--quiet", "--initial-branch", "main", ".");
    await forge.git("remote", "add", "origin", forge.url);
    return forge;
  }

  /** Adds a deploy key to the settings of the repository. */
  async allow(publicKey: string): Promise<void> {
    await this.host.script('printf "restrict %s\\n" "$1" >>/srv/git/.ssh/authorized_keys', [publicKey]);
  }

  /** Commits the files and pushes them over SSH; answers the commit. */
  async push(message: string, files: Readonly<Record<string, string>>): Promise<string> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.#clone, path)), { recursive: true });
      await writeFile(join(this.#clone, path), content);
    }
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--message", message);
    await this.git("push", "--quiet", "origin", "main");
    return this.git("rev-parse", "HEAD");
  }

  /** What the API was told, by path and state, of one commit. */
  async statusesOf(commit: string): Promise<string[]> {
    const lines = (await this.host.tryExec(["cat", "/srv/statuses"])).stdout.split("\n").filter(Boolean);
    const statuses = lines.map((line) => JSON.parse(line) as { path: string; state: string; context: string });
    return statuses
      .filter(({ path }) => path === `/api/v1/repos/acme/shop/statuses/${commit}`)
      .map(({ context, state }) => `${context} ${state}`)
      .toSorted();
  }

  async git(...args: string[]): Promise<string> {
    const { keys, hostKeys, address } = this.host;
    const known = join(this.#clone, "..", "known-hosts");
    await writeFile(known, `${address} ${hostKeys.ed25519.line}\n`);
    const env = {
      ...minimalEnvironment(),
      GIT_SSH_COMMAND: `ssh -i ${keys.ed25519.file} -o IdentitiesOnly=yes -o UserKnownHostsFile=${known} -F none`,
      GIT_CONFIG_NOSYSTEM: "1",
      HOME: this.#clone,
      GIT_AUTHOR_NAME: "Ana Pérez",
      GIT_AUTHOR_EMAIL: "ana@example.com",
      GIT_COMMITTER_NAME: "Ana Pérez",
      GIT_COMMITTER_EMAIL: "ana@example.com",
    } as unknown as NodeJS.ProcessEnv;
    return (await run("git", args, { cwd: this.#clone, env })).stdout.trim();
  }
}
