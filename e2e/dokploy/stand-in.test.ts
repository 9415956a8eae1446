import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { afterEach, expect, test } from "vitest";
import { type DokployOptions, type DokployStandIn, startDokploy } from "./stand-in";

const QUICK: DokployOptions = { pullMs: 10, jobMs: 10, swarm: { restartMs: 200, settleMs: 200 } };
let standIn: DokployStandIn | undefined;
afterEach(() => standIn?.close());

async function start(options: DokployOptions = {}): Promise<Client> {
  standIn = await startDokploy({ ...QUICK, ...options });
  return new Client(standIn);
}

interface Reply {
  status: number;
  text: string;
  headers: Headers;
}

/** Sends requests as a regular client does, and returns the answers. */
class Client {
  constructor(readonly server: DokployStandIn) {}

  async ask(method: "GET" | "POST", procedure: string, given: object = {}, key = this.server.apiKey): Promise<Reply> {
    const isQuery = method === "GET";
    const query = isQuery ? `?${new URLSearchParams(Object.entries(given))}` : "";
    const response = await fetch(`${this.server.url}/api/${procedure}${query}`, {
      method,
      headers: { "x-api-key": key, "content-type": "application/json", connection: "close" },
      body: isQuery ? undefined : JSON.stringify(given),
      signal: AbortSignal.timeout(5_000),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }
  async get<T>(procedure: string, given: object = {}): Promise<T> {
    return JSON.parse((await this.ask("GET", procedure, given)).text);
  }
  async post<T>(procedure: string, given: object): Promise<T> {
    const { status, text } = await this.ask("POST", procedure, given);
    expect({ procedure, status }).toEqual({ procedure, status: 200 });
    return JSON.parse(text || "null");
  }

  async application(
    name = "web",
    image = "app:1",
  ): Promise<{ applicationId: string; appName: string; projectId: string }> {
    const { project, environment } = await this.post<{
      project: { projectId: string };
      environment: { environmentId: string };
    }>("project.create", { name });
    const { environmentId } = environment;
    const made = await this.post<{ applicationId: string; appName: string }>("application.create", {
      ...{ name, appName: name, environmentId },
    });
    await this.image(made.applicationId, image);
    return { ...made, projectId: project.projectId };
  }
  image(applicationId: string, dockerImage: string): Promise<true> {
    const login = { username: null, password: null, registryUrl: null };
    return this.post("application.saveDockerProvider", { applicationId, dockerImage, ...login });
  }
  async deploy(applicationId: string, title = "deploy"): Promise<void> {
    await this.post("application.deploy", { applicationId, title });
    await expect.poll(() => this.server.isIdle).toBe(true);
  }
  async newest(applicationId: string): Promise<string | undefined> {
    return (await this.get<{ status: string }[]>("deployment.all", { applicationId }))[0]?.status;
  }
  async tasks(appName: string): Promise<string[]> {
    const rows = await this.get<{ state: string; currentState: string }[]>("docker.getServiceContainersByAppName", {
      appName,
    });
    return rows.map(({ state, currentState }) => `${state}: ${currentState.split(" ")[0]}`);
  }
  async log(applicationId: string): Promise<string> {
    const [newest] = await this.get<{ deploymentId: string }[]>("deployment.all", { applicationId });
    return this.get("deployment.readLogs", { deploymentId: newest?.deploymentId });
  }

  /** The proxy's answer for a host: status and body. */
  visit(host: string, { path = "/", secure = false, ca = "", method = "GET", body = "" } = {}): Promise<string> {
    const { httpPort, httpsPort } = this.server;
    const headers = { host };
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: secure ? httpsPort : httpPort, path, method, headers, agent: false };
      const ask = secure ? secureRequest({ ...options, servername: host, ...(ca ? { ca } : {}) }) : request(options);
      ask.once("error", reject);
      ask.once("response", (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => resolve(`${response.statusCode} ${response.headers.location ?? text}`.trim()));
      });
      ask.end(body);
    });
  }
}

test("a deployed image answers at its domain with its variables, and its volume outlives it", async () => {
  const client = await start();
  const { applicationId, appName } = await client.application();
  const env = "A='x # y'\nB=1";
  const rest = { buildArgs: null, buildSecrets: null, createEnvFile: false };
  await client.post("application.saveEnvironment", {
    applicationId,
    env,
    ...rest,
  });
  const mount = { type: "volume", volumeName: "data", mountPath: "/workspace" };
  await client.post("mounts.create", { ...mount, serviceType: "application", serviceId: applicationId });
  await client.post("domain.create", { host: "web.localhost", port: 8080, applicationId });
  expect(await client.visit("web.localhost")).toBe("502 Bad Gateway");
  expect(await client.visit("other.localhost")).toBe("404 404 page not found");

  await client.deploy(applicationId);
  await expect.poll(() => client.visit("web.localhost", { path: "/health" })).toBe('200 {"status":"ok"}');
  const shown = { image: "app:1", environment: { A: "x # y", B: "1" }, volumes: ["/workspace"] };
  expect(await client.visit("web.localhost")).toBe(`200 ${JSON.stringify(shown)}`);
  await client.visit("web.localhost", { path: "/volume/note", method: "PUT", body: "kept" });

  await client.image(applicationId, "app:2");
  await client.deploy(applicationId);
  await expect.poll(() => client.tasks(appName)).toEqual(["running: Running", "shutdown: Shutdown"]);
  await expect.poll(() => client.visit("web.localhost", { path: "/volume/note" })).toBe("200 kept");
  await client.post("application.delete", { applicationId });
  const { services, routes, volumes } = client.server.state();
  expect({ services, routes, volumes }).toEqual({ services: [], routes: [], volumes: ["data"] });
  await expect
    .poll(async () => (await client.ask("POST", "dockerVolume.removeVolume", { volumeName: "data" })).status)
    .toBe(200);
});

test("images misbehave as their tags say", async () => {
  const client = await start();
  const { applicationId, appName } = await client.application("web", "app:missing");
  await client.deploy(applicationId);
  expect(await client.newest(applicationId)).toBe("error");
  expect(await client.log(applicationId)).toContain("manifest unknown");

  await client.image(applicationId, "app:1");
  await client.deploy(applicationId);
  await client.image(applicationId, "app:crash");
  await client.deploy(applicationId);
  expect(await client.newest(applicationId)).toBe("done");
  await expect.poll(() => client.tasks(appName)).toEqual(["shutdown: Failed", "running: Running"]);
  expect(client.server.state().services).toMatchObject([{ image: "app:1", runs: "app:1" }]);

  const looping = await client.application("loop", "app:crash");
  await client.deploy(looping.applicationId);
  expect(await client.newest(looping.applicationId)).toBe("done");
  await expect
    .poll(async () => (await client.tasks(looping.appName)).filter((row) => row === "shutdown: Failed").length)
    .toBeGreaterThan(1);
});

test("an image that dies soon after it took over is taken back", async () => {
  const client = await start();
  const { applicationId, appName } = await client.application("web", "app:1");
  await client.deploy(applicationId);
  await client.image(applicationId, "app:crash-later-900ms");
  await client.deploy(applicationId);
  await expect
    .poll(() => client.tasks(appName))
    .toEqual(["running: Running", "shutdown: Failed", "shutdown: Shutdown"]);
  expect(client.server.state().services).toMatchObject([{ runs: "app:1" }]);
});

test("faults come before the effect or after it, as often as they are told", async () => {
  const client = await start();
  const { faults } = client.server;
  const create = () => client.ask("POST", "project.create", { name: "a" });
  const count = () => client.server.state().projects.length;

  faults.add({ kind: "500", procedure: "project.create", times: 1 });
  expect(await create()).toMatchObject({ status: 500 });
  expect(count()).toBe(0);
  faults.add({ kind: "500", procedure: /^project\./, when: "after", times: 1 });
  expect(await create()).toMatchObject({ status: 500 });
  expect(count()).toBe(1);
  expect(await create()).toMatchObject({ status: 200 });

  faults.add({ kind: "429", retryAfterS: 3, times: 1 });
  expect((await create()).headers.get("retry-after")).toBe("3");
  faults.add({ kind: "502-html", times: 1 });
  expect(await create()).toMatchObject({ status: 502, text: expect.stringContaining("<html>") });
  faults.add({ kind: "unauthorized", times: 1 });
  expect(await create()).toMatchObject({ status: 401, text: '{"message":"Unauthorized"}' });
  faults.add({ kind: "reset", when: "after", times: 1 });
  await expect(create()).rejects.toThrow();
  expect(count()).toBe(3);
  const remove = faults.add({ kind: "hang" });
  await expect(fetch(`${client.server.url}/api/project.all`, { signal: AbortSignal.timeout(300) })).rejects.toThrow();
  remove();
  expect(client.server.calls.map(({ status }) => status)).toEqual([500, 500, 200, 429, 502, 401, "reset", "hang"]);
});

test("a job can fail or crash whatever its image is, and stop in its middle", async () => {
  const client = await start();
  const { applicationId, appName } = await client.application();
  client.server.faults.add({ kind: "job-error", times: 1 });
  await client.deploy(applicationId);
  expect(await client.newest(applicationId)).toBe("error");
  client.server.faults.add({ kind: "job-crash", times: 1 });
  await client.deploy(applicationId);
  expect(await client.newest(applicationId)).toBe("done");
  await expect.poll(() => client.tasks(appName)).toContain("shutdown: Failed");

  const release = client.server.holdJobs();
  await client.post("application.deploy", { applicationId, title: "held" });
  expect(await client.newest(applicationId)).toBe("running");
  await client.post("application.delete", { applicationId });
  release();
  await expect.poll(() => client.server.state().services).toMatchObject([{ name: appName, isOrphan: true }]);
});

test("a restart cancels what ran, forgets what waited, and lets containers be", async () => {
  const client = await start();
  const running = await client.application("running");
  await client.deploy(running.applicationId);
  const waiting = await client.application("waiting");
  client.server.holdJobs();
  await client.post("application.deploy", { applicationId: running.applicationId, title: "cut" });
  await client.post("application.deploy", { applicationId: waiting.applicationId, title: "waits" });
  await client.server.stop();
  await expect(client.ask("GET", "project.all")).rejects.toThrow();
  await client.server.start();
  expect(await client.newest(running.applicationId)).toBe("cancelled");
  expect(await client.get("deployment.all", { applicationId: waiting.applicationId })).toEqual([]);
  expect(await client.get("deployment.queueList")).toEqual([]);
  expect(await client.tasks(running.appName)).toEqual(["running: Running"]);
});

test("a project that is removed leaves its services and routes behind", async () => {
  const client = await start();
  const { applicationId, appName, projectId } = await client.application();
  await client.post("domain.create", { host: "web.localhost", port: 8080, applicationId });
  await client.deploy(applicationId);
  client.server.deleteProjectByHand(projectId);
  expect((await client.ask("GET", "application.one", { applicationId })).status).toBe(404);
  expect(client.server.state()).toMatchObject({ projects: [], services: [{ name: appName, isOrphan: true }] });
  await expect.poll(() => client.visit("web.localhost", { path: "/health" })).toBe('200 {"status":"ok"}');
});

test("https redirects to itself, and is trusted once certificates are issued", async () => {
  const client = await start();
  const { applicationId } = await client.application();
  const secure = { https: true, certificateType: "letsencrypt" };
  await client.post("domain.create", { host: "web.localhost", port: 8080, applicationId, ...secure });
  await client.deploy(applicationId);
  const { httpsPort, certificateAuthority: ca } = client.server;
  expect(await client.visit("web.localhost", { path: "/a" })).toBe(`308 https://web.localhost:${httpsPort}/a`);
  await expect(client.visit("web.localhost", { secure: true, ca })).rejects.toThrow("self-signed certificate");
  client.server.issueCertificates();
  await expect
    .poll(() => client.visit("web.localhost", { secure: true, ca, path: "/health" }))
    .toBe('200 {"status":"ok"}');
  await expect(client.visit("web.localhost", { secure: true })).rejects.toThrow();
});

test("older versions have other names, other answers and other needs", async () => {
  const client = await start({ version: "v0.24.0" });
  expect(await client.get("settings.getDokployVersion")).toBe("v0.24.0");
  const project = await client.post<{ projectId: string }>("project.create", { name: "a" });
  expect(project).toMatchObject({ projectId: expect.any(String), name: "a" });
  const { projectId } = project;
  const { status, text } = await client.ask("GET", "environment.byProjectId", { projectId });
  expect({ status, ...JSON.parse(text) }).toEqual({ status: 404, message: "Not found", code: "NOT_FOUND" });
  const made = await client.post<{ applicationId: string }>("application.create", { name: "web", projectId });
  expect(made).toMatchObject({ projectId });
  const { applicationId } = made;
  expect(await client.post("application.saveEnvironment", { applicationId, env: "", buildArgs: "" })).toBe(true);
  const mount = {
    type: "volume",
    volumeName: "v",
    mountPath: "/v",
    serviceType: "application",
    serviceId: applicationId,
  };
  expect(await client.post("mounts.create", mount)).toBe(true);
  expect(await client.get("project.all")).toMatchObject([
    { applications: [{ applicationId, mounts: [{ volumeName: "v" }] }] },
  ]);
  await client.image(applicationId, "app:1");
  await client.deploy(applicationId, "mine");
  expect(await client.get("deployment.all", { applicationId })).toMatchObject([
    { title: "Manual deployment", status: "done" },
  ]);
  for (const procedure of ["deployment.queueList", "deployment.readLogs", "project.search"])
    expect((await client.ask("GET", procedure)).status).toBe(404);
});

test("what the database says of a foreign key carries the values that were sent", async () => {
  const client = await start();
  const secret = { type: "file", filePath: "a", content: "x", mountPath: "hunter2" };
  const { text } = await client.ask("POST", "mounts.create", {
    ...secret,
    serviceType: "application",
    serviceId: "nope",
  });
  expect(JSON.parse(text).message).toMatch(/Failed query: insert into "mount"[\s\S]*params: .*hunter2/);
});

test("a key can be taken away and given back", async () => {
  const client = await start();
  const giveBack = client.server.revokeKey();
  expect((await client.ask("GET", "project.all")).status).toBe(401);
  giveBack();
  expect((await client.ask("GET", "project.all")).status).toBe(200);
  const { key } = client.server.makeKey({ role: "member" });
  expect((await client.ask("POST", "application.deploy", { applicationId: "x" }, key)).status).toBe(404);
});
