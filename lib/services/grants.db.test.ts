import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Grants } from "@/lib/contracts/grants";
import { NewService } from "@/lib/contracts/service";
import { TargetChange } from "@/lib/contracts/target";
import type { Actor } from "@/lib/contracts/user";
import { createStack } from "@/lib/domain/stacks/stack-commands";
import { aDokployTarget, aTemplate } from "@/lib/domain/stacks/test-stacks";
import { retryUndo } from "@/lib/engine/deployment-commands";
import { requestDeployment, requestRemoval, requestRollback } from "@/lib/engine/request-deployment";
import { aLocalTarget, aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { testDatabase } from "@/lib/platform/db/test-database";
import { createImageRegistry } from "@/lib/sources/image/image-registries";
import { changeTarget } from "@/lib/targets/target-commands";
import { findTarget } from "@/lib/targets/target-store";
import { grantMembers } from "@/lib/targets/test-grants";
import { changeService } from "./change-service";
import { createService } from "./create-service";
import { changeEnvironment } from "./environment-commands";
import { findMoreWrongInNew } from "./find-more-wrong";
import { findJournalStart, scopedVolumes } from "./kept-volumes";
import { putService } from "./put-service";
import { listSourceFoldersFor } from "./source-folders";

type Person = Actor & { id: string };
let admin: Person;
let ana: Person;
let ben: Person;
let root: string;
let upload: string;

beforeAll(async () => {
  const { dataDir } = await testDatabase();
  root = join(dataDir, "sources");
  process.env.LANDFALL_SOURCE_ROOTS = root;
  process.env.NEXTAUTH_URL = "https://console.example.com";
  await mkdir(join(root, "apps", "shop"), { recursive: true });
  await mkdir(join(root, "secret"), { recursive: true });
  await symlink(join(root, "secret"), join(root, "apps", "escape"));
  await aLocalTarget();
  [admin, ana, ben] = [await aPerson("admin"), await aPerson("member", "ana"), await aPerson("member", "ben")];
});
beforeEach(async () => {
  await db.deployment.deleteMany();
  await db.service.updateMany({ data: { environmentRevisionId: null, currentReleaseId: null } });
  await db.release.deleteMany();
  await db.service.deleteMany();
  await db.target.updateMany({ data: { grants: {} } });
  await db.upload.deleteMany();
  const made = { ownerId: ana.id, fileName: "shop.tar.gz", sha256: "0".repeat(64), completedAt: new Date() };
  upload = (await db.upload.create({ data: { ...made, summary: { files: 1, bytes: 1, root: null } } })).id;
});

const TARGET = "this-machine";
function aNew(change: object = {}): NewService {
  return NewService.parse({
    name: "shop",
    target: TARGET,
    driver: "process",
    source: { kind: "archive", uploadId: upload },
    port: 4100,
    ...change,
  });
}
const folder = (...parts: string[]) => ({ source: { kind: "folder" as const, path: join(root, ...parts) } });
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.unreachable("it was accepted"),
    ({ code, fields = [] }) => [
      code,
      ...fields.map((field: { path: string[]; code: string }) => `${field.path.join(".")} ${field.code}`),
    ],
  );
const NOT_GRANTED = ["target-not-granted", "target target-not-granted"];

async function stuckDeployment(): Promise<string> {
  const { id } = await requestDeployment({ service: "shop" }, ana);
  await db.deployment.update({ where: { id }, data: { state: "stuck" } });
  return id;
}

async function aRelease(spec: object): Promise<string> {
  const service = await db.service.findFirstOrThrow({ where: { name: "shop" }, include: { deployments: true } });
  const { id: serviceId, targetId, driver, deployments } = service;
  const [made] = deployments;
  const frozen = { ...(made?.spec as object), ...spec };
  const number = (await db.release.count()) + 1;
  const data = { serviceId, targetId, driver, number, deploymentId: made?.id ?? "", artifact: {}, spec: frozen };
  return (await db.release.create({ data })).id;
}

describe("a target that says nothing is for administrators only", () => {
  test("a member creates nothing there, by either API, and learns nothing of what is there", async () => {
    await createService(aNew({ name: "taken", ...folder("apps", "shop") }), admin);
    expect(await refusal(createService(aNew({ ...folder("nowhere") }), ana))).toEqual(NOT_GRANTED);
    expect(await refusal(putService({ ...aNew(), dropletId: undefined, domain: undefined }, ana))).toEqual(NOT_GRANTED);
    expect(await findMoreWrongInNew({ target: TARGET, port: 4100, name: "taken" }, ana)).toMatchObject([
      { code: "target-not-granted" },
    ]);
    expect(await db.service.count()).toBe(1);
  });

  test("who is taken off the list can do nothing more with what is there, but stop it", async () => {
    await grantMembers({ audience: "people", people: [ana.id] });
    await createService(aNew({ environment: { A: "1" } }), ana);
    const stuck = await stuckDeployment();
    const release = await aRelease({});
    await grantMembers({ audience: "people", people: [ben.id] });
    const asks: (() => Promise<unknown>)[] = [
      () => changeService("shop", { port: 4101 }, ana),
      () => changeService("shop", {}, ana),
      () => changeEnvironment("shop", { set: { A: "2" }, unset: [] }, ana),
      () => putService({ ...aNew(), dropletId: undefined, domain: undefined }, ana),
      () => requestDeployment({ service: "shop" }, ana),
      () => requestRollback({ serviceName: "shop", releaseId: release }, ana),
      () => requestRemoval("shop", ana),
      () => retryUndo(stuck, ana),
    ];
    for (const ask of asks) expect(await refusal(ask())).toEqual(NOT_GRANTED);
    expect(await db.deployment.count()).toBe(1);
    // The service is only hers: another person with the grant cannot find it.
    expect(await refusal(requestDeployment({ service: "shop" }, ben))).toEqual(["not-found"]);
    await changeService("shop", { port: 4101 }, admin);
  });
});

describe("a member who may deploy there", () => {
  beforeEach(() => grantMembers());

  test("is told every choice that the target withholds, and with what else is wrong as one wrong request", async () => {
    const withheld = await refusal(createService(aNew({ driver: "systemd", settings: { user: "www-data" } }), ana));
    expect(withheld).toEqual(["choice-not-granted", "settings.user user-not-granted"]);
    const both = { driver: "docker", settings: { network: "host", stopSignal: "9" } };
    expect(await refusal(createService(aNew(both), ana))).toEqual([
      "invalid-request",
      "settings.network network-not-granted",
      "settings.stopSignal not-a-signal",
    ]);
    await createService(aNew(), ana);
    const change = { driver: "docker" as const, settings: { network: "host" } };
    expect(await refusal(changeService("shop", change, ana))).toEqual([
      "choice-not-granted",
      "settings.network network-not-granted",
    ]);
  });

  test("deploys from granted folders, also through links, and does not feel through others", async () => {
    expect(await refusal(createService(aNew(folder("apps", "shop")), ana))).toEqual([
      "choice-not-granted",
      "source.path folder-not-granted",
    ]);
    await grantMembers({ sourceRoots: [join(root, "apps")] });
    for (const path of [["secret"], ["nowhere"]])
      expect(await refusal(createService(aNew(folder(...path)), ana))).toEqual([
        "choice-not-granted",
        "source.path folder-not-granted",
      ]);
    expect(await refusal(createService(aNew(folder("apps", "escape")), ana))).toEqual([
      "invalid-request",
      "source.path source-outside-roots",
    ]);
    await createService(aNew(folder("apps", "shop")), ana);
  });

  test("takes a port below 1024 when it is granted, and is told which field is wrong", async () => {
    const onPort = (port: number) => aNew({ driver: "docker", source: { kind: "image", image: "nginx" }, port });
    const refused = ["choice-not-granted", "port port-not-granted"];
    expect(await refusal(createService(onPort(443), ana))).toEqual(refused);
    await createService(onPort(8_443), ana);
    expect(await refusal(changeService("shop", { port: 443 }, ana))).toEqual(refused);
    await grantMembers({ ports: [443] });
    await changeService("shop", { port: 443 }, ana);
    await requestDeployment({ service: "shop" }, ana);
    const release = await aRelease({});
    await changeService("shop", { port: 8_443 }, ana);
    await grantMembers();
    // The release was created while the port was granted.
    expect(await refusal(requestRollback({ serviceName: "shop", releaseId: release }, ana))).toEqual(refused);
  });

  test("is shown no folder but those that are granted", async () => {
    expect(await listSourceFoldersFor(ana)).toEqual({ roots: [], folders: [] });
    await grantMembers({ sourceRoots: [join(root, "apps"), "/etc"] });
    const apps = join(root, "apps");
    expect(await listSourceFoldersFor(ana)).toEqual({ roots: [apps], folders: [join(apps, "shop")] });
    expect((await listSourceFoldersFor(admin)).roots).toEqual([root]);
  });

  test("cannot deploy or go back to what is not granted any more, nor can an administrator for her", async () => {
    await grantMembers({ networks: ["db"] });
    await createService(aNew({ driver: "docker", settings: { network: "db" } }), ana);
    await requestDeployment({ service: "shop" }, ana);
    const release = await aRelease({});
    await grantMembers();
    const expected = ["choice-not-granted", "settings.network network-not-granted"];
    for (const actor of [ana, admin]) {
      expect(await refusal(requestDeployment({ service: "shop" }, actor))).toEqual(expected);
      expect(await refusal(requestRollback({ serviceName: "shop", releaseId: release }, actor))).toEqual(expected);
    }
    await requestRemoval("shop", ana);
  });

  test("with a token of an administrator's that is a member's, is bound all the same", async () => {
    const limited = { ...admin, role: "member" as const, tokenId: crypto.randomUUID() };
    await grantMembers({ audience: "administrators" });
    expect(await refusal(createService(aNew(folder("apps", "shop")), limited))).toEqual(NOT_GRANTED);
  });
});

describe("a Dokploy server", () => {
  beforeAll(async () => {
    await aDokployTarget();
    await aTemplate();
  });

  test("takes a member's stacks when it is granted, and nothing that is not from a template", async () => {
    expect(await refusal(createStack({ name: "mine" }, ana))).toEqual(NOT_GRANTED);
    await grantMembers({}, "dokploy");
    await createStack({ name: "mine" }, ana);
    const direct = { target: "dokploy", driver: "dokploy", source: { kind: "image", image: "nginx" } };
    const mounts = { ...direct, volumes: [{ name: "dokploy-postgres", path: "/data" }] };
    expect(await refusal(createService(aNew(mounts), ana))).toEqual(["choice-not-granted", "driver template-only"]);
  });
});

describe("an administrator decides", () => {
  const grant = (grants: object, actor: Actor = admin) => changeTarget(TARGET, TargetChange.parse({ grants }), actor);

  test("who may deploy and what with: seen by those who may, and in the trail by name", async () => {
    await createImageRegistry({ host: "ghcr.io", username: "acme", password: "s3cret" }, admin);
    const changed = await grant({
      audience: "people",
      people: [ana.id, ana.id],
      networks: ["db"],
      registries: ["ghcr.io"],
      sourceRoots: [join(root, "apps")],
    });
    expect(changed.grants).toEqual({
      ...Grants.parse({}),
      audience: "people",
      people: [{ id: ana.id, name: "ana" }],
      networks: ["db"],
      registries: ["ghcr.io"],
      sourceRoots: [join(root, "apps")],
    });
    expect((await grant({ users: ["www-data"] })).grants).toMatchObject({ networks: ["db"], users: ["www-data"] });
    expect(await findTarget(TARGET, ana)).toMatchObject({ mayDeploy: true, grants: { people: [{ name: "ana" }] } });
    expect(await findTarget(TARGET, ben)).toMatchObject({ mayDeploy: false, grants: { people: [] } });
    const [trail] = await db.auditEvent.findMany({ where: { action: "target.grant" }, orderBy: { id: "asc" } });
    expect(trail).toMatchObject({
      actorId: admin.id,
      subjectName: TARGET,
      details: {
        audience: { from: "administrators", to: "people" },
        people: { from: [], to: ["ana"] },
        networks: { from: [], to: ["db"] },
      },
    });
  });

  test("nothing that is not there, and nobody else decides", async () => {
    const nobody = crypto.randomUUID();
    const wrong = {
      people: [nobody],
      drivers: ["dokploy"],
      registries: ["quay.io"],
      sourceRoots: ["/etc", join(root, "no")],
    };
    expect(await refusal(grant(wrong))).toEqual([
      "invalid-request",
      "grants.people.0 not-found",
      "grants.drivers.0 driver-not-for-target",
      "grants.registries.0 no-sign-in",
      "grants.sourceRoots.0 source-outside-roots",
      "grants.sourceRoots.1 source-missing",
    ]);
    expect(await refusal(grant({ audience: "everyone" }, ana))).toEqual(["forbidden"]);
    expect(await db.target.findFirstOrThrow({ where: { name: TARGET } })).toMatchObject({ grants: {} });
  });
});

describe("what is whose on a target", () => {
  beforeEach(() => grantMembers());
  const DOMAIN = "shop.example.com";

  test("a domain leads to one service, also the one that is still live, and a rollback takes none back", async () => {
    await createService(aNew({ driver: "docker", domain: DOMAIN }), ana);
    await requestDeployment({ service: "shop" }, ana);
    const release = await aRelease({ domain: DOMAIN });
    const other = {
      ...aNew({ name: "other", port: 4102, driver: "docker", domain: DOMAIN }),
      source: { kind: "image" as const, image: "nginx" },
    };
    const taken = ["domain-taken", "domain domain-taken"];
    const inContainer = { ...other, driver: "docker" as const };
    expect(await refusal(createService(inContainer, ben))).toEqual(taken);
    // The service has given up the domain, but the live release has it until the next deployment.
    await db.service.updateMany({ where: { name: "shop" }, data: { currentReleaseId: release } });
    await changeService("shop", { domain: null }, ana);
    expect(await refusal(createService(inContainer, ben))).toEqual(taken);
    await db.service.updateMany({ where: { name: "shop" }, data: { currentReleaseId: null } });
    // A queued deployment keeps its domain too.
    expect(await refusal(createService(inContainer, ben))).toEqual(taken);
    await db.deployment.updateMany({ data: { state: "cancelled" } });
    await createService(inContainer, ben);
    expect(await refusal(changeService("shop", { domain: DOMAIN }, ana))).toEqual(taken);
    expect(await refusal(requestRollback({ serviceName: "shop", releaseId: release }, ana))).toEqual(taken);
  });

  test("a rollback takes no port that another service has by now", async () => {
    await createService(aNew(), ana);
    await requestDeployment({ service: "shop" }, ana);
    const release = await aRelease({});
    await changeService("shop", { port: 4199 }, ana);
    const source = { kind: "image" as const, image: "nginx" };
    await createService({ ...aNew({ name: "other", driver: "docker" }), source }, ben);
    const back = requestRollback({ serviceName: "shop", releaseId: release }, ana);
    expect(await refusal(back)).toEqual(["port-taken", "port port-taken"]);
  });

  test("of many who ask for one domain at once, one gets it", async () => {
    const asks = ["a", "b", "c", "d"].map((name, at) =>
      createService(
        aNew({ name, port: 4200 + at, driver: "docker", source: { kind: "image", image: "nginx" }, domain: DOMAIN }),
        ben,
      ),
    );
    const ended = await Promise.allSettled(asks);
    expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("a member's domain does not lead back to the machine; an administrator knows what they do", async () => {
    for (const domain of ["shop.localhost", "metadata.google.internal", "console.example.com"])
      expect(await refusal(createService(aNew({ driver: "docker", domain }), ana))).toEqual([
        "invalid-request",
        "domain domain-leads-inward",
      ]);
    await createService(aNew({ driver: "docker", domain: "shop.localhost", ...folder("apps", "shop") }), admin);
  });

  test("a member's image is from no registry that is the target itself, unless its sign-in is granted", async () => {
    const from = (image: string) => aNew({ driver: "docker", source: { kind: "image", image } });
    for (const image of ["localhost:5000/a/b", "127.1:5000/x", "169.254.169.254/x/y:1", "[::1]:5000/x"])
      expect(await refusal(createService(from(image), ana))).toEqual([
        "invalid-request",
        "source.image registry-leads-inward",
      ]);
    await grantMembers({ registries: ["localhost:5000"] });
    await createService(from("localhost:5000/a/b"), ana);
    await createService({ ...from("127.1:5000/x"), name: "own", port: 4301 }, admin);
  });

  test("what a removed service stored is its owner's: another's of that name has volumes of its own", async () => {
    const scope = async (owner: Person) => {
      const own = { name: "kept", port: 4300, driver: "docker", source: { kind: "image", image: "nginx" } };
      const { id } = await createService(aNew(own), owner);
      const { volumeScope } = await db.service.update({ where: { id }, data: { deletedAt: new Date() } });
      return volumeScope;
    };
    const [first, second, again, secondAgain] = [
      await scope(ana),
      await scope(ben),
      await scope(ana),
      await scope(ben),
    ];
    expect([first, again]).toEqual([null, null]);
    expect([second, secondAgain]).toEqual([`of-${ben.id.slice(-8)}`, `of-${ben.id.slice(-8)}`]);
    const spec = { driver: "docker", volumes: [{ name: "data", path: "/data" }] };
    expect(scopedVolumes(spec, second).volumes).toEqual([{ name: `data.of-${ben.id.slice(-8)}`, path: "/data" }]);
    expect(scopedVolumes(spec, null)).toEqual(spec);
  });

  test("the journal of a name begins for an owner when the name was last another's", async () => {
    const targetId = (await db.target.findFirstOrThrow({ where: { name: TARGET } })).id;
    const named = (ownerId: string) => ({ name: "shop", ownerId, targetId });
    await createService(aNew(), ana);
    expect(await findJournalStart(named(ana.id))).toBeNull();
    const gone = new Date("2026-11-30T20:00:00.000Z");
    await db.service.updateMany({ where: { name: "shop" }, data: { deletedAt: gone } });
    expect(await findJournalStart(named(ben.id))).toEqual(gone);
    expect(await findJournalStart(named(ana.id))).toBeNull();
  });
});
