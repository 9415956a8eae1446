/* A clone of Landfall as its operator has it: committed, with the operator's own settings. */
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { VERSION } from "@/lib/platform/version";
import { findRuntime } from "../../scripts/runtime.mjs";
import { runCommand } from "../hosts/run-command.mjs";
import type { TestHost } from "../hosts/test-host";
import { type Run, runProgram } from "./run-program";

const COMMITTED = ["docker-compose.production.yml", "Caddyfile", ".env.production.example", ".gitignore"];
const AUTHOR = ["-c", "user.name=Operator", "-c", "user.email=operator@acme.test"];

/** The image of a release: this clone's image, with another version. */
const GOOD = `FROM landfall:latest
USER root
COPY version /tmp/version
RUN grep -rlF '"${VERSION}"' /app/.next/server | xargs sed -i "s/"${VERSION}"/"$(cat /tmp/version)"/g"
USER 10001:10001
ARG VERSION
ARG COMMIT
ARG CREATED
LABEL org.opencontainers.image.version="$VERSION" org.opencontainers.image.revision="$COMMIT"
`;
/** It starts and listens, but is unhealthy. */
const SICK = `FROM landfall:latest
USER root
RUN echo 'import("node:http").then(({ createServer }) => createServer((_, answer) => { console.log("asked"); \\
  answer.statusCode = 503; answer.end("sick"); }).listen(3000, "0.0.0.0"));' >/app/server.js
USER 10001:10001
`;

/** A new version on a busy server is slow, not unhealthy; a later option overrides this one. */
const PATIENT = "--health-timeout=300";

export class ReleaseClone {
  readonly folder = mkdtempSync(join(tmpdir(), "landfall-clone-"));

  constructor(
    readonly program: string,
    host: TestHost,
    settings: Readonly<Record<string, string>>,
  ) {
    afterAll(() => rmSync(this.folder, { recursive: true }));
    for (const name of COMMITTED) copyFileSync(name, join(this.folder, name));
    const example = readFileSync(".env.production.example", "utf8");
    const server = {
      SERVER_HOST: host.address,
      SERVER_HOST_KEY: host.hostKeys.ed25519.line,
      SSH_KEY_PATH: host.keys.ed25519.file,
    };
    const own = Object.entries({ ...settings, ...server }).map(([name, value]) => `${name}=${value}\n`);
    const rest = example
      .split("\n")
      .filter((line) => !Object.keys(settings).some((name) => line.startsWith(`${name}=`)));
    this.#write(".env.production", [...rest, ...own].join("\n"));
    chmodSync(join(this.folder, ".env.production"), 0o600);
  }

  /** Commits the next version: a healthy or an unhealthy one. */
  async turnInto(version: string, kind: "good" | "sick" = "good"): Promise<void> {
    this.#write("package.json", JSON.stringify({ name: "landfall", version }));
    this.#write("version", version);
    this.#write("Dockerfile.prod", kind === "good" ? GOOD : SICK);
    await this.#git("init", "--quiet");
    await this.#git("add", "--all");
    await this.#git("commit", "--quiet", "--message", version);
  }

  deploy(...options: string[]): Promise<Run> {
    return this.#run("production", "--yes", PATIENT, ...options);
  }

  rollback(...options: string[]): Promise<Run> {
    return this.#run("rollback", "--yes", PATIENT, ...options);
  }

  write(name: string, text: string): void {
    this.#write(name, text);
  }

  #run(...words: string[]): Promise<Run> {
    return runProgram([findRuntime(), this.program, ...words], this.folder);
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  #git(...words: string[]): Promise<string> {
    return runCommand(["git", "-C", this.folder, ...AUTHOR, ...words]);
  }
}
