import type { Replay } from "./replay";

const WEB = "3HFP1UVQeLp3m0cPt85zw";
const UPDATED = "kmVP-99KE-ngxoRRg6ll_";
const DEMO_WEB = "127.0.0.1:5601/demo-web:1.0";
const WINDOW_MS = 1_000;

/**
 * Unrecorded actions between two recorded exchanges, by the name of the later one. Where an exchange needs a job in
 * progress, the job is held; before every other exchange the queue runs empty.
 */
export const PREPARATIONS: Readonly<Record<string, (replay: Replay) => Promise<void>>> = {
  deploy: async (replay) => replay.hold(),
  "application-one-right-after-deploy": async (replay) => replay.release(),
  "docker-service-tasks-running": (replay) => untilHealthy(replay, "console-web-glswxj"),
  "deploy-while-queued": async (replay) => replay.hold(),
  "deployment-all-after-two-more": async (replay) => replay.release(),
  "docker-service-tasks-after-update": (replay) => untilOneRuns(replay, "console-web-glswxj"),
  "docker-service-tasks-after-rollback": (replay) => untilOneRuns(replay, "console-web-glswxj"),
  "docker-service-tasks-crash-loop": untilCrashLoop,
  "docker-containers-by-name-crash-loop": untilCrashLoop,
  "deployment-all-with-rollbackId": async (replay) => {
    for (const version of ["1.0", "2.0"])
      await deployImage(replay, WEB, `127.0.0.1:5601/demo-web:${version}`, `rollback-capable ${version}`);
  },
  "deploy-previous-image": (replay) => setImage(replay, WEB, DEMO_WEB),
  "deploy-slow": async (replay) => {
    const application = await newApplication(replay, "J4B0xCS2pmDvtIH3c3Lva", "big", "console-big");
    replay.ids.learn("0Ln2gAuiKD5evOTLf8-cC", application.applicationId);
    replay.ids.learn("console-big-sjoumb", application.appName);
    await setImage(replay, application.applicationId, "127.0.0.1:5601/demo-big:1.0");
    replay.hold();
  },
  "apikey-create-foreign-organization": async (replay) => replay.release(),
  "rate-limited-default-key-call-1": async (replay) => {
    replay.keys.set("rate-limited-default-key", replay.standIn.makeKey({ rateLimitEnabled: true }));
  },
  "rate-limit-4-per-3s-call-1": async (replay) => {
    const limits = { rateLimitEnabled: true, rateLimitMax: 4, rateLimitTimeWindow: WINDOW_MS };
    replay.keys.set("rate-limit-4-per-3s", replay.standIn.makeKey(limits));
  },
  "rate-limit-4-per-3s-after-window": () => new Promise((resolve) => setTimeout(resolve, WINDOW_MS + 100)),
  "remaining-4-call-1": async (replay) => {
    const key = replay.standIn.makeKey({ remaining: 4 });
    replay.keys.set("remaining-4", key);
    replay.ids.learn("IhQfhfxaYHSwyLefWh3304ajY6eVdKit", key.apiKeyId);
  },
  "apikey-delete": async (replay) => {
    const key = replay.standIn.makeKey();
    replay.keys.set("apikey-deleted-key", key);
    replay.ids.learn("mKomntNWNDLxEec5pCI6rYoS2dvfuvxy", key.apiKeyId);
  },
  "member-project-all": async (replay) => {
    replay.keys.set("member-", replay.standIn.makeKey({ role: "member" }));
    replay.keys.set("other-org-", replay.standIn.makeKey({ foreign: true }));
  },
  "application-delete": (replay) => replay.tell("application.stop", { applicationId: "T-bpZTdlHcH4T1y3c4hFA" }),
  "saveEnvironment-special-characters": async (replay) => {
    const { environmentId } = await newProject(replay, "t5");
    const application = await newApplication(replay, environmentId, "upd", "upd");
    replay.ids.learn("kmVP-99KE-ngxoRRg6ll_", application.applicationId);
    replay.ids.learn("upd-welder", application.appName);
    await deployImage(replay, UPDATED, DEMO_WEB);
  },
  "deployment-readLogs-unresolved-reference": (replay) => deploy(replay, UPDATED),
  "docker-getConfig": async (replay) => {
    await replay.tell("application.update", { applicationId: UPDATED, env: "A=1\nPATH=/bin" });
    await deploy(replay, UPDATED);
    await untilOneRuns(replay, "upd-welder");
    await deployImage(replay, UPDATED, "127.0.0.1:5601/demo-crash:1.0", "crash update");
    await replay.until(async () => {
      const rows = await tasksOf(replay, "upd-welder");
      return rows.some(({ currentState }) => currentState.startsWith("Failed"));
    });
    const appName = replay.ids.translateText("upd-welder");
    const containers = await replay.ask<{ containerId: string; state: string }[]>(
      "docker.getContainersByAppNameMatch",
      { appName },
    );
    const running = containers.find(({ state }) => state === "running");
    replay.ids.learn("5238117ab8a1", running?.containerId ?? "");
  },
  "mounts-create-without-serviceType": async (replay) => {
    await replay.tell("application.delete", { applicationId: UPDATED });
    const { projectId, environmentId } = await newProject(replay, "t6");
    replay.ids.learn("CwoikMbEPQOuCQkoitQKw", projectId);
    replay.ids.learn("QcWP-B1yOIk7-tpd2kRnr", environmentId);
    const { applicationId } = await newApplication(replay, environmentId, "m", "m6");
    replay.ids.learn("tEdA_shnN3v7hcZ7gAI09", applicationId);
  },
  "deployment-readLogs-long-appName": (replay) => deployImage(replay, "qu6m0-36zz6MrpfSzJ08K", DEMO_WEB),
  "deployment-queueList-two-jobs": async (replay) => {
    const { projectId, environmentId } = await newProject(replay, "t7");
    replay.ids.learn("UvyT1AY-Q71HkL-sNlM5e", projectId);
    replay.ids.learn("l4t2e3PscMhEROt_jzZsP", environmentId);
    const first = await newApplication(replay, environmentId, "big", "restart");
    const second = await newApplication(replay, environmentId, "behind", "behind");
    replay.ids.learn("Fb_U4vnzsanzL7HY6ixQv", first.applicationId);
    replay.ids.learn("restart-fz51qu", first.appName);
    replay.ids.learn("wqDgVz5B82TfSKC3YzUjA", second.applicationId);
    for (const { applicationId } of [first, second])
      await setImage(replay, applicationId, "127.0.0.1:5601/demo-big:1.0");
    replay.hold();
    await replay.tell("application.deploy", { applicationId: first.applicationId, title: "interrupted" });
    await replay.tell("application.deploy", { applicationId: second.applicationId, title: "queued behind" });
  },
  "deployment-all-after-server-restart": async (replay) => {
    await replay.standIn.restart();
    replay.release();
  },
  "mounts-update-returns-old-row": async (replay) => {
    const { environmentId } = await newProject(replay, "t8");
    const { applicationId } = await newApplication(replay, environmentId, "m", "m8");
    replay.ids.learn("xEWidJQRddjrdaRMBlF41", applicationId);
    const mount = await newMount(replay, applicationId, { volumeName: "v8", mountPath: "/a" });
    replay.ids.learn("mrAlqQf-qU-bQHHOSjqI_", mount.mountId);
  },
  "deployment-all-after-13-deploys": async (replay) => {
    for (let number = -1; number <= 11; number += 1)
      await replay.tell("application.deploy", { applicationId: "xEWidJQRddjrdaRMBlF41", title: `n${number}` });
    await replay.until(() => replay.standIn.isIdle);
  },
  "project-one-with-application": async (replay) => {
    for (const { projectId } of replay.standIn.state().projects) replay.standIn.deleteProjectByHand(projectId);
    const { projectId } = await newProject(replay, "t9");
    replay.ids.learn("prQ6Pgn7qooXKTRpihiAw", projectId);
    const extra = await replay.tell<Environment>("environment.create", { name: "extra", projectId });
    const { applicationId } = await newApplication(replay, extra.environmentId, "m", "m9");
    await newMount(replay, applicationId, { mountPath: "/a" });
    await deployImage(replay, applicationId, DEMO_WEB);
  },
};

interface Environment {
  environmentId: string;
}

async function newProject(replay: Replay, name: string): Promise<{ projectId: string; environmentId: string }> {
  const { project, environment } = await replay.tell<{ project: { projectId: string }; environment: Environment }>(
    "project.create",
    { name },
  );
  return { ...project, ...environment };
}

const newApplication = (replay: Replay, environmentId: string, name: string, appName: string) =>
  replay.tell<{ applicationId: string; appName: string }>("application.create", { name, appName, environmentId });

const newMount = (replay: Replay, serviceId: string, mount: object) =>
  replay.tell<{ mountId: string }>("mounts.create", {
    type: "volume",
    serviceType: "application",
    serviceId,
    ...mount,
  });

const setImage = (replay: Replay, applicationId: string, dockerImage: string) =>
  replay.tell<void>("application.saveDockerProvider", {
    ...{ applicationId, dockerImage, username: "", password: "", registryUrl: "" },
  });

async function deploy(replay: Replay, applicationId: string, title?: string): Promise<void> {
  await replay.tell("application.deploy", { applicationId, title });
  await replay.until(() => replay.standIn.isIdle);
}

async function deployImage(replay: Replay, applicationId: string, image: string, title?: string): Promise<void> {
  await setImage(replay, applicationId, image);
  await deploy(replay, applicationId, title);
}

const tasksOf = (replay: Replay, appName: string) =>
  replay.ask<{ state: string; currentState: string }[]>("docker.getServiceContainersByAppName", {
    appName: replay.ids.translateText(appName),
  });

const untilHealthy = (replay: Replay, appName: string) =>
  replay.until(async () => {
    const containers = await replay.ask<{ status: string }[]>("docker.getContainersByAppNameMatch", {
      appName: replay.ids.translateText(appName),
    });
    return containers.some(({ status }) => status.endsWith("(healthy)"));
  });

/** The update has completed. */
const untilOneRuns = (replay: Replay, appName: string) =>
  replay.until(async () => (await tasksOf(replay, appName)).filter(({ state }) => state === "running").length === 1);

/** Two attempts have failed, and the third is due. */
function untilCrashLoop(replay: Replay): Promise<void> {
  return replay.until(async () => {
    const rows = await tasksOf(replay, "app-parse-bluetooth-protocol-4hnfbl");
    return rows.length === 3 && rows[0]?.state === "ready";
  });
}
