import { describe, expect, test } from "vitest";
import {
  authorizeDeploy,
  type Choices,
  type Deployer,
  Grants,
  GrantsChange,
  mayDeployTo,
  mayUseSignIn,
  sourceRootsFor,
  withheld,
} from "./grants";

const ANA = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21";
const BEN = "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c22";
const admin = { id: BEN, role: "admin" } as const;
const ana = { id: ANA, role: "member" } as const;
const grants = (granted: Partial<Grants> = {}) => Grants.parse({ audience: "everyone", ...granted });
const target = (granted: Partial<Grants> = {}) => ({ name: "web-1", grants: grants(granted), isolates: true });
const asAna = { actor: ana, ownerRole: "member" };

test.each([
  ["a target that says nothing takes administrators only", {}, [true, false, false]],
  ["administrators", { audience: "administrators", people: [ANA] }, [true, false, false]],
  ["people, and she is one of them", { audience: "people", people: [ANA] }, [true, true, false]],
  ["people, and she is none of them", { audience: "people", people: [BEN] }, [true, false, false]],
  ["everyone, which is every member", { audience: "everyone" }, [true, true, false]],
] as const)("%s", (_, granted, expected) => {
  const parsed = Grants.parse(granted);
  const callers = [admin, ana, { id: ANA, role: "viewer" } as const];
  expect(callers.map((caller) => mayDeployTo(caller, parsed))).toEqual(expected);
  expect(mayDeployTo({ id: null, role: "member" }, parsed)).toBe(false);
});

const image: Choices = {
  driver: "docker",
  settings: {},
  source: { kind: "image", image: "nginx" },
  isFromTemplate: false,
};
const archive = { kind: "archive" as const, uploadId: ANA };
const folder = (path: string) => ({ source: { kind: "folder" as const, path } });

describe("what members may choose", () => {
  test.each<[string, Partial<Choices>, Partial<Grants>, string[]]>([
    ["an image on Landfall's network", {}, {}, []],
    ["another network", { settings: { network: "db" } }, {}, ["settings.network network-not-granted"]],
    [
      "another network, with spaces around it",
      { settings: { network: " db " } },
      {},
      ["settings.network network-not-granted"],
    ],
    ["a network that is granted", { settings: { network: "db" } }, { networks: ["db"] }, []],
    [
      "the host's network",
      { settings: { network: "host" } },
      { networks: ["db"] },
      ["settings.network network-not-granted"],
    ],
    ["a user of the image", { settings: { user: "1000:1000" } }, {}, []],
    [
      "a user of the host",
      { driver: "systemd", source: archive, settings: { user: "www-data" } },
      {},
      ["settings.user user-not-granted"],
    ],
    [
      "a user of the host that is granted",
      { driver: "systemd", source: archive, settings: { user: "www-data" } },
      { users: ["www-data"] },
      [],
    ],
    [
      "a driver that is not granted",
      { driver: "process", source: archive },
      { drivers: ["docker"] },
      ["driver driver-not-granted"],
    ],
    ["a folder", folder("/srv/apps/shop"), {}, ["source.path folder-not-granted"]],
    ["a folder that is granted", folder("/srv/apps/shop"), { sourceRoots: ["/srv/apps/"] }, []],
    [
      "a folder whose name begins alike",
      folder("/srv/apps-of-others"),
      { sourceRoots: ["/srv/apps"] },
      ["source.path folder-not-granted"],
    ],
    [
      "a folder that leads out of it",
      folder("/srv/apps/../secret"),
      { sourceRoots: ["/srv/apps"] },
      ["source.path folder-not-granted"],
    ],
    ["a port of the web", { port: 443 }, { ports: [80] }, ["port port-not-granted"]],
    ["a port of the web that is granted", { port: 443 }, { ports: [80, 443] }, []],
    ["a port that is anybody's", { port: 1_024 }, {}, []],
    ["packets in another's name", { settings: { rawSockets: true } }, {}, ["settings.rawSockets administrators-only"]],
    ["a build on the console's machine", { settings: { build: "local" } }, {}, ["settings.build administrators-only"]],
    ["a build command", { driver: "process", source: archive, settings: { build: "local" } }, {}, []],
    ["a platform directly", { driver: "dokploy" }, {}, ["driver template-only"]],
    ["a platform through a template", { driver: "dokploy", isFromTemplate: true }, {}, []],
    [
      "everything at once",
      { driver: "process", settings: { user: "www-data", network: "host" }, ...folder("/etc") },
      { drivers: ["docker"] },
      [
        "driver driver-not-granted",
        "settings.network network-not-granted",
        "settings.user user-not-granted",
        "source.path folder-not-granted",
      ],
    ],
  ])("%s", (_, choices, granted, expected) => {
    const wrong = withheld(asAna, target(granted), { ...image, ...choices });
    expect(wrong.map(({ path, code }) => `${path.join(".")} ${code}`)).toEqual(expected);
  });

  test("nothing runs where services are not kept apart, but what is an administrator's", () => {
    const open = { ...target(), isolates: false };
    const code = (deployer: Deployer) =>
      withheld(deployer, open, image).map(({ path, code }) => [path.join("."), code]);
    expect(code(asAna)).toEqual([["target", "target-not-isolated"]]);
    expect(code({ actor: admin, ownerRole: "member" })).toEqual([["target", "target-not-isolated"]]);
    expect(code({ actor: admin, ownerRole: "admin" })).toEqual([]);
  });

  test("binds a service of hers whoever deploys it, and an administrator's whoever of the others does", () => {
    const host = { ...image, settings: { network: "host" } };
    expect(withheld({ actor: admin, ownerRole: "member" }, target(), host)).toHaveLength(1);
    expect(withheld({ actor: ana, ownerRole: "admin" }, target(), host)).toHaveLength(1);
    expect(withheld({ actor: admin, ownerRole: "admin" }, target(), host)).toEqual([]);
  });

  test("is refused as one problem that names each field, and who may not deploy there learns no more", () => {
    const denied = { ...image, settings: { network: "host" } };
    expect(() => authorizeDeploy(asAna, target(), denied)).toThrow(
      expect.objectContaining({ code: "choice-not-granted", params: { target: "web-1" } }),
    );
    expect(() => authorizeDeploy(asAna, target({ audience: "administrators" }), denied)).toThrow(
      expect.objectContaining({ code: "target-not-granted", fields: [expect.objectContaining({ path: ["target"] })] }),
    );
  });
});

test("folders: an administrator's service has all, a member's those that are granted and are still among them", () => {
  const all = ["/srv/apps", "/srv/more"];
  const { grants } = target({ sourceRoots: ["/srv/apps/shop", "/home"] });
  expect(sourceRootsFor({ actor: admin, ownerRole: "admin" }, grants, all)).toEqual(all);
  expect(sourceRootsFor(asAna, grants, all)).toEqual(["/srv/apps/shop"]);
  expect(sourceRootsFor(asAna, target({ sourceRoots: ["/srv", "/srv/more"] }).grants, all)).toEqual([
    "/srv/more",
    "/srv/apps",
  ]);
});

test("a registry's sign-in is for administrators' services, templates, and where it is granted", () => {
  const { grants } = target({ registries: ["ghcr.io"] });
  const hers = { ownerRole: "member", isFromTemplate: false };
  expect(mayUseSignIn(hers, grants, "ghcr.io")).toBe(true);
  expect(mayUseSignIn(hers, grants, "docker.io")).toBe(false);
  expect(mayUseSignIn({ ...hers, ownerRole: "admin" }, grants, "docker.io")).toBe(true);
  expect(mayUseSignIn({ ...hers, isFromTemplate: true }, grants, "docker.io")).toBe(true);
});

test.each([
  ["the host's network", { networks: ["host"] }, "not-grantable"],
  ["no network", { networks: ["none"] }, "not-grantable"],
  ["another container's network", { networks: ["container:db"] }, "not-a-network"],
  ["root", { users: ["root"] }, "not-grantable"],
  ["root by its number", { users: ["0"] }, "not-a-user-name"],
  ["a folder that is none", { sourceRoots: ["apps"] }, "not-absolute"],
])("nobody can grant %s", (_, change, message) => {
  expect(GrantsChange.safeParse(change).error?.issues[0]?.message).toBe(message);
});
