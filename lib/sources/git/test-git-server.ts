import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { minimalEnvironment } from "@/lib/platform/env";

const run = promisify(execFile);
const HEAD_END = Buffer.from("\r\n\r\n");

/** Runs Git as a person would, in their own folder. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = {
    ...minimalEnvironment(),
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ana Pérez",
    GIT_AUTHOR_EMAIL: "ana@example.com",
    GIT_COMMITTER_NAME: "Ana Pérez",
    GIT_COMMITTER_EMAIL: "ana@example.com",
  } as unknown as NodeJS.ProcessEnv;
  const settings = ["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"];
  return (await run("git", [...settings, ...args], { cwd, env, maxBuffer: 2 ** 26 })).stdout.trim();
}

/**
 * A Git server over HTTP: `git http-backend`, which is part of Git, behind a server that checks credentials.
 * Repositories are bare folders of `root`; a person pushes to them by their path.
 */
export class TestGitServer {
  readonly root: string;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  /** `user:password`; anyone when null. */
  credentials: string | null = null;
  /** When set, every request is answered with a redirect to it. */
  redirectTo: string | null = null;
  /** Called first for every request; true if it has answered. */
  first: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null;
  readonly requests: { method: string; path: string }[] = [];

  private constructor(root: string) {
    this.root = root;
  }

  static async start(): Promise<TestGitServer> {
    const server = new TestGitServer(await mkdtemp(join(tmpdir(), "landfall-git-")));
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  url(repository: string): string {
    return `http://127.0.0.1:${this.port}/${repository}`;
  }

  /** A bare repository and a clone of it; if there are `files`, they are committed and pushed. */
  async repository(name: string, files: Readonly<Record<string, string>> = {}): Promise<TestRepository> {
    const bare = join(this.root, name);
    // Without a template: its sample hooks would be copied each time.
    await git(this.root, "init", "--quiet", "--template=", "--bare", bare);
    const repository = new TestRepository(await mkdtemp(join(tmpdir(), "landfall-clone-")), bare);
    await git(repository.folder, "init", "--quiet", "--template=", ".");
    await appendFile(join(repository.folder, ".git/config"), `[remote "origin"]\n\turl = ${bare}\n`);
    if (Object.keys(files).length > 0) await repository.push("first", files);
    return repository;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.root, { recursive: true, force: true });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://git");
    this.requests.push({ method: request.method ?? "", path: url.pathname });
    if (this.first?.(request, response)) return;
    if (this.redirectTo !== null)
      return void response.writeHead(301, { location: this.redirectTo + request.url }).end();
    const expected = this.credentials && `Basic ${Buffer.from(this.credentials).toString("base64")}`;
    if (expected && request.headers.authorization !== expected)
      return void response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    await this.#backend(request, response, url);
  }

  /** CGI (RFC 3875): the headers of the answer end at the first blank line. */
  async #backend(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const child = spawn("git", ["http-backend"], {
      env: {
        ...minimalEnvironment(),
        GIT_PROJECT_ROOT: this.root,
        GIT_HTTP_EXPORT_ALL: "1",
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "safe.directory",
        GIT_CONFIG_VALUE_0: "*",
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
        GIT_PROTOCOL: request.headers["git-protocol"] ?? "",
      } as unknown as NodeJS.ProcessEnv,
    });
    request.pipe(child.stdin).on("error", () => request.unpipe());
    let head = Buffer.alloc(0);
    child.stdout.on("data", (chunk: Buffer) => {
      if (response.headersSent) return void response.write(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(HEAD_END);
      if (end === -1) return;
      const headers = head
        .subarray(0, end)
        .toString()
        .split("\r\n")
        .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()] as const);
      const status = headers.find(([name]) => name.toLowerCase() === "status")?.[1];
      response.writeHead(status ? Number.parseInt(status, 10) : 200, Object.fromEntries(headers));
      response.write(head.subarray(end + HEAD_END.length));
    });
    child.once("close", () => (response.headersSent ? response.end() : response.writeHead(500).end()));
  }
}

export class TestRepository {
  constructor(
    readonly folder: string,
    readonly bare: string,
  ) {}

  /** Writes files, commits them and pushes the branch; answers the commit. */
  async push(message: string, files: Readonly<Record<string, string>> = {}, branch = "main"): Promise<string> {
    const commit = await this.commit(message, files);
    await git(this.folder, "push", "--quiet", "--force", "origin", `HEAD:refs/heads/${branch}`);
    return commit;
  }

  async commit(message: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, path)), { recursive: true });
      await writeFile(join(this.folder, path), content);
    }
    await git(this.folder, "add", "--all", "--force");
    await git(this.folder, "commit", "--quiet", "--allow-empty", "--message", message);
    const head = await this.#gitFile("HEAD");
    return this.#gitFile(head.replace(/^ref: /, ""));
  }

  async #gitFile(path: string): Promise<string> {
    return (await readFile(join(this.folder, ".git", path), "utf8")).trim();
  }

  git(...args: string[]): Promise<string> {
    return git(this.folder, ...args);
  }
}
