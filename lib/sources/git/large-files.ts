import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { lstat, readFile, rename, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { Problem } from "@/lib/contracts/problem";
import { readAtMost, requestPinned } from "@/lib/platform/outgoing/pinned-request";
import { tooLarge, type Workshop } from "./checkout";
import type { Remote } from "./git";

/** The Git LFS specification limits a pointer to less than this. */
const POINTER_BYTES = 1_024;
const AT_ONCE = 100;
const SILENCE_MS = 60_000;
const ANSWER_BYTES = 1024 * 1024;

interface Pointer {
  path: string;
  oid: string;
  size: number;
}

const Action = z.object({ href: z.string(), header: z.record(z.string(), z.string()).optional() });
const Batch = z.object({
  objects: z.array(
    z.object({
      oid: z.string(),
      actions: z.object({ download: Action.optional() }).optional(),
      error: z.object({ code: z.number(), message: z.string() }).optional(),
    }),
  ),
});
const Authenticated = z.object({ href: z.string(), header: z.record(z.string(), z.string()).optional() });

/**
 * Replaces the pointers that Git LFS keeps in a repository by the files themselves, and answers how many there were and how large they are. The
 * server is the repository's own, whatever `.lfsconfig` says, and what it names is checked as its address was. Each file is
 * what its pointer says, by size and SHA-256. Throws `git-large-file-missing`.
 */
export async function fetchLargeFiles(
  workshop: Workshop,
  remote: Remote,
  place: { mirror: string; index: string; to: string; folder: string },
): Promise<{ count: number; bytes: number }> {
  const pointers = await findPointers(workshop, place);
  if (pointers.length === 0) return { count: 0, bytes: 0 };
  const bytes = pointers.reduce((sum, { size }) => sum + size, 0);
  if (bytes > workshop.limits.bytes) throw tooLarge(workshop.limits);
  const server = await serverOf(workshop, remote);
  for (let at = 0; at < pointers.length; at += AT_ONCE) {
    const some = pointers.slice(at, at + AT_ONCE);
    const actions = await askFor(workshop, remote, server, some);
    for (const pointer of some) await download(workshop, remote, pointer, actions.get(pointer.oid), place.to);
  }
  return { count: pointers.length, bytes };
}

/** Files that `.gitattributes` assigns to LFS and that are in fact pointers. */
async function findPointers(
  { git, signal }: Workshop,
  { mirror, index, to, folder }: { mirror: string; index: string; to: string; folder: string },
): Promise<Pointer[]> {
  const work = { cwd: mirror, env: { GIT_INDEX_FILE: index }, ...(signal && { signal }) };
  const listed = await git.local(["ls-files", "-z"], work);
  const paths = listed.split("\0").filter((path) => path !== "" && (folder === "" || path.startsWith(`${folder}/`)));
  if (!listed.split("\0").some((path) => /(^|\/)\.gitattributes$/.test(path))) return [];
  const stdin = paths.map((path) => `${path}\0`).join("");
  const attributes = await git.local(["check-attr", "--cached", "-z", "--stdin", "filter"], { ...work, stdin });
  const words = attributes.split("\0");
  const ofLfs = words.flatMap((value, at) => (at % 3 === 2 && value === "lfs" ? [words[at - 2] ?? ""] : []));
  const pointers = await Promise.all(ofLfs.map((path) => readPointer(to, path)));
  return pointers.filter((pointer) => pointer !== null);
}

async function readPointer(root: string, path: string): Promise<Pointer | null> {
  const seen = await lstat(join(root, path)).catch(() => null);
  if (seen === null || !seen.isFile() || seen.size > POINTER_BYTES) return null;
  const text = await readFile(join(root, path), "utf8");
  const [, oid, size] =
    /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\nsize (\d{1,15})\n/.exec(
      text,
    ) ?? [];
  return oid === undefined ? null : { path, oid, size: Number(size) };
}

interface LfsServer {
  href: string;
  header: Readonly<Record<string, string>>;
}

async function serverOf({ git, signal }: Workshop, remote: Remote): Promise<LfsServer> {
  const { address, access, url } = remote;
  if (address.transport === "ssh") {
    const said = await git.ssh(remote, ["git-lfs-authenticate", `${address.path}.git`, "download"], signal);
    const { href, header = {} } = parsed(Authenticated, said, remote);
    return { href, header };
  }
  const repository = url.replace(/\/+$/, "").replace(/(\.git)?$/, ".git");
  const credentials =
    access.token && Buffer.from(`${access.token.user}:${access.token.secret.reveal()}`).toString("base64");
  return { href: `${repository}/info/lfs`, header: credentials ? { authorization: `Basic ${credentials}` } : {} };
}

function parsed<T>(shape: z.ZodType<T>, text: string, { address }: Remote): T {
  try {
    return shape.parse(JSON.parse(text));
  } catch (cause) {
    const params = { host: address.host, repository: address.path };
    throw new Problem("git-failed", { params, detail: "the answer of its LFS server cannot be read", cause });
  }
}

async function askFor(
  workshop: Workshop,
  remote: Remote,
  { href, header }: LfsServer,
  pointers: readonly Pointer[],
): Promise<Map<string, z.infer<typeof Action>>> {
  const body = JSON.stringify({
    operation: "download",
    transfers: ["basic"],
    hash_algo: "sha256",
    objects: pointers.map(({ oid, size }) => ({ oid, size })),
  });
  const type = "application/vnd.git-lfs+json";
  const headers = { ...header, accept: type, "content-type": type };
  const answer = await ask(workshop, remote, { href: `${href}/objects/batch`, headers, body });
  const { objects } = parsed(Batch, (await readAtMost(answer, ANSWER_BYTES)).toString(), remote);
  return new Map(objects.flatMap(({ oid, actions }) => (actions?.download ? [[oid, actions.download] as const] : [])));
}

async function download(
  workshop: Workshop,
  remote: Remote,
  pointer: Pointer,
  action: z.infer<typeof Action> | undefined,
  root: string,
): Promise<void> {
  const missing = (detail: string) => new Problem("git-large-file-missing", { params: { path: pointer.path }, detail });
  if (action === undefined) throw missing("the server has no such object");
  const path = join(root, pointer.path);
  const beside = `${path}.lfs-part`;
  const hash = createHash("sha256");
  let size = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length;
      hash.update(chunk);
      done(size > pointer.size ? missing("it is larger than its pointer says") : null, chunk);
    },
  });
  try {
    const response = await ask(workshop, remote, { href: action.href, headers: action.header ?? {} });
    await pipeline(response, measure, createWriteStream(beside, { flags: "wx" }));
    if (size !== pointer.size || hash.digest("hex") !== pointer.oid) throw missing("it is not what its pointer says");
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** One request to an address that a server named: it connects to the checked IP address and follows no redirect. */
async function ask(
  { remoteFor, signal }: Workshop,
  remote: Remote,
  { href, headers, body }: { href: string; headers: Readonly<Record<string, string>>; body?: string },
): Promise<IncomingMessage> {
  const { host: server, path: repository } = remote.address;
  const url = URL.parse(href);
  const transport = url?.protocol.slice(0, -1);
  if (url === null || (transport !== "https" && transport !== "http"))
    throw new Problem("git-failed", {
      params: { host: server, repository },
      detail: "an address of LFS is no HTTP address",
    });
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port || (transport === "https" ? 443 : 80));
  const address = { transport, host, port, user: null, path: "lfs" } as const;
  const { connectTo } = await remoteFor(address, href, { hostKeys: [] });
  const response = await requestPinned(url, {
    connectTo,
    method: body === undefined ? "GET" : "POST",
    headers,
    silenceMs: SILENCE_MS,
    ...(body !== undefined && { body }),
    ...(signal && { signal }),
  }).catch((cause: Error) => {
    throw new Problem("git-unreachable", { params: { host, repository }, detail: cause.message, cause });
  });
  if (response.statusCode === 200) return response;
  response.resume();
  const isRefused = response.statusCode === 401 || response.statusCode === 403;
  throw new Problem(isRefused ? "git-access-refused" : "git-large-file-missing", {
    params: { host, repository, path: "" },
    detail: `${host} answered ${response.statusCode} for a large file`,
  });
}
