import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openEngine } from "@/lib/platform/docker/engine";
import type { PhaseContext } from "../driver";
import { carryImage } from "./carry-image";
import { imageBuildNeeds } from "./image";
import { HostWithDaemon } from "./test-daemon";
import { dockerTransferPhase, pull, pullImage } from "./transfer";

const MB = 1_000_000;
const DIGEST = `sha256:${"d".repeat(64)}`;
const PINNED = `docker.io/library/shop@${DIGEST}`;

let folder = "";
let daemon: Server | null = null;
let asked: string[] = [];
const socketPath = () => join(folder, "docker.sock");
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "landfall-image-room-"));
  asked = [];
});
afterEach(async () => {
  daemon?.closeAllConnections();
  daemon?.close();
  await rm(folder, { recursive: true, force: true });
});

type Answer = RequestListener | Record<string, unknown> | unknown[];

/** The daemon's answers to paths with these beginnings; all other paths are not found. */
async function startDaemon(answers: Record<string, Answer>): Promise<void> {
  const all: Record<string, Answer> = { "GET /info": { ID: "one", DockerRootDir: folder }, ...answers };
  daemon = createServer((request, response) => {
    const line = `${request.method} ${decodeURIComponent(request.url ?? "")}`;
    asked.push(line);
    const answer = Object.entries(all).find(([start]) => line.startsWith(start))?.[1];
    if (typeof answer === "function") answer(request, response);
    else if (answer) response.end(JSON.stringify(answer));
    else response.writeHead(404).end('{"message":"there is none"}');
  }).listen(socketPath());
  await once(daemon, "listening");
}

/** Newest first, in the daemon's order. */
const history = (...steps: [by: string, size: number][]) =>
  steps.map(([by, Size], index) => ({ Created: index, CreatedBy: by, Size })).toReversed();
const artifacts = ["third", "second", "first"].map((imageId) => ({
  id: imageId,
  artifact: { imageId, tag: "shop:1", exposedPort: null },
}));

function contextWith(freeBytes: number, more: object = {}) {
  const log: string[] = [];
  const ctx = {
    host: new HostWithDaemon(socketPath(), freeBytes),
    signal: AbortSignal.timeout(20_000),
    log: (line: string) => log.push(line),
    progress() {},
    artifacts,
    spec: { source: { kind: "image", image: "shop:2" } },
    imageCredentials: async () => null,
    saveReceipt: async () => {},
    ...more,
  };
  return { ctx: ctx as unknown as PhaseContext, log };
}

const HISTORIES = {
  "GET /images/third/history": history(["FROM", 900 * MB], ["COPY", 20 * MB], ["RUN npm ci", 310 * MB]),
  "GET /images/second/history": history(["FROM", 900 * MB], ["COPY", 19 * MB], ["RUN npm ci", 300 * MB]),
  "GET /images/first/history": history(["FROM", 800 * MB], ["COPY", 18 * MB], ["RUN npm ci", 300 * MB]),
};

test("a build in Docker needs what the last ones added each time; a new base is no rule", async () => {
  const needsOf = async (releases: PhaseContext["artifacts"]) => {
    const engine = await openEngine(contextWith(0).ctx.host);
    return imageBuildNeeds({ artifacts: releases }, { builder: engine, kept: engine }, 15 * MB);
  };
  const bytesOf = async (releases: PhaseContext["artifacts"]) => (await needsOf(releases)).map(({ bytes }) => bytes);
  await startDaemon(HISTORIES);
  expect(await bytesOf(artifacts)).toEqual([15 * MB, 15 * MB, 315 * MB]);
  expect(await bytesOf(artifacts.slice(1))).toEqual([15 * MB, 15 * MB, null]);
  expect(await bytesOf([])).toEqual([15 * MB, 15 * MB, null]);
  expect(new Set((await needsOf([])).map(({ path }) => path))).toEqual(new Set([folder]));
});

test("where images are with containerd, nothing is compared with the disk of another folder", async () => {
  await startDaemon({
    "GET /info": { ID: "one", DockerRootDir: folder, DriverStatus: [["driver-type", "overlayfs"]] },
  });
  const engine = await openEngine(contextWith(0).ctx.host);
  const needs = await imageBuildNeeds({ artifacts: [] }, { builder: engine, kept: engine }, 15 * MB);
  expect(needs.map(({ bytes }) => bytes)).toEqual([null, null, null]);
});

test("files are not sent for a build that would have no room in the host's Docker", async () => {
  await startDaemon(HISTORIES);
  const source = join(folder, "source");
  await mkdir(source);
  await writeFile(join(source, "Dockerfile"), "FROM scratch\n");
  const { ctx } = contextWith(355 * MB, {
    kind: "deploy",
    base: join(folder, "base"),
    serviceName: "shop",
    release: { id: crypto.randomUUID(), artifact: null },
    sources: { materialise: async () => ({ folder: source, leftOut: null }) },
    spec: { source: { kind: "folder", path: source }, settings: {}, volumes: [] },
  });
  await expect(dockerTransferPhase.run(ctx)).rejects.toMatchObject({
    code: "disk-full",
    detail: expect.stringContaining("330 MB for what the build adds"),
  });
  expect(await readdir(folder)).not.toContain("base");
});

const say = (response: ServerResponse, id: string, status: string, current: number, total: number) =>
  response.write(`${JSON.stringify({ id, status, progressDetail: { current, total } })}\n`);

test("a first pull is ended when the layers that it turns out to have do not fit", async () => {
  const closed = Promise.withResolvers<void>();
  await startDaemon({
    "GET /distribution/": { Descriptor: { digest: DIGEST } },
    "POST /images/create": (request, response) => {
      request.socket.once("close", () => closed.resolve());
      response.write('{"id":"base","status":"Already exists","progressDetail":{}}\n');
      say(response, "a", "Downloading", 1 * MB, 100 * MB);
      say(response, "b", "Downloading", 1 * MB, 100 * MB);
    },
  });
  const { ctx } = contextWith(395 * MB);
  await expect(pullImage(ctx)).rejects.toMatchObject({
    code: "disk-full",
    detail: expect.stringContaining("198 MB for the layers to download, 200 MB for unpacking them"),
  });
  await closed.promise;
});

test("a pull is ended when a layer fills the disk as it is unpacked, and not when there is room for it", async () => {
  class FillingHost extends HostWithDaemon {
    freeBytes = 400 * MB;
    constructor(readonly growth: number) {
      super(socketPath());
    }
    override async diskFreeBytes() {
      this.freeBytes -= this.growth;
      return this.freeBytes;
    }
  }
  await startDaemon({
    "POST /images/create": (_, response) => {
      say(response, "a", "Downloading", 100 * MB, 100 * MB);
      for (let done = 20; done <= 100; done += 20) say(response, "a", "Extracting", done * MB, 100 * MB);
      response.end('{"id":"a","status":"Pull complete","progressDetail":{}}\n');
    },
  });
  const pullOnto = async (host: HostWithDaemon) =>
    pull(await openEngine(host), contextWith(0, { host }).ctx, PINNED, null);
  await expect(pullOnto(new FillingHost(80 * MB))).rejects.toMatchObject({ code: "disk-full" });
  await pullOnto(new FillingHost(20 * MB));
});

/** In the format of `docker save`: its layers, and the list of them at the end. */
function savedImage(layers: readonly Buffer[]) {
  const tar = pack();
  const names = layers.map((_, index) => `${index}/layer.tar`);
  for (const [index, content] of layers.entries()) tar.entry({ name: `${index}/layer.tar` }, content);
  tar.entry({ name: "manifest.json" }, JSON.stringify([{ Layers: names }]));
  tar.finalize();
  return tar;
}

test("an image is carried where there is room to save it here and to load it there, without what is there", async () => {
  let size = 6 * MB;
  const content = [4 * MB, 2 * MB].map((bytes) => Buffer.alloc(bytes));
  const Layers = content.map((layer) => `sha256:${createHash("sha256").update(layer).digest("hex")}`);
  await startDaemon({
    "GET /images/shop:1/json": (_, response) =>
      response.end(JSON.stringify({ Id: "shop", Size: size, RootFS: { Layers } })),
    "GET /images/json": [{ Id: "there" }],
    "GET /images/there/json": { Id: "there", RootFS: { Layers: Layers.slice(0, 1) } },
    "GET /images/shop:1/get": (_, response) => savedImage(content).pipe(response),
  });
  const carry = async (freeBytes: number, name: string) => {
    const { ctx, log } = contextWith(freeBytes);
    const engine = await openEngine(ctx.host);
    const folders = { here: join(folder, name), there: join(folder, "there") };
    await expect(carryImage(ctx, { from: engine, to: engine }, "shop:1", folders)).rejects.toMatchObject({
      code: size > 6 * MB ? "storage-full" : "disk-full",
    });
    return log.map((line) => line.replace(/^.* free; /, ""));
  };
  expect(await carry(70 * MB, "a")).toEqual([
    "1 of the image's 2 layers are there already",
    "6.0 MB for Docker's copy while it saves the image, 6.0 MB for the saved image, 67.1 MB to spare",
    expect.stringMatching(/^carrying the image over: .* packed$/),
    expect.stringMatching(/, 2.0 MB for Docker's copy while it loads the image, 2.0 MB for the image, /),
  ]);
  size = Number.MAX_SAFE_INTEGER;
  asked = [];
  expect(await carry(70 * MB, "b")).toHaveLength(2);
  expect(asked.filter((line) => line.includes("/get"))).toEqual([]);
});
