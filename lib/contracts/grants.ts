import * as z from "zod";
import { type FieldError, fieldProblem, Problem } from "./problem";
import { DRIVER_KINDS, DriverKind } from "./service";
import { foldersOf, type Source } from "./source";
import { isPlatformDriver } from "./target-kind";
import type { Actor } from "./user";

/**
 * Who may deploy to a target, and what a member's service may use there. An administrator's service that an
 * administrator deploys has no limits. A member's service is limited to the grants even then, because its owner decides
 * what runs in it.
 */

export const AUDIENCES = ["administrators", "people", "everyone"] as const;
export const Audience = z.enum(AUDIENCES);
export type Audience = z.infer<typeof Audience>;

const MOST = 100;

/** A member's service never joins the host's namespaces, so `host` cannot be granted. */
const GrantedNetwork = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/, { error: "not-a-network" })
  .refine((name) => name !== "host" && name !== "none", { error: "not-grantable" });
const GrantedUser = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]{0,31}$/, { error: "not-a-user-name" })
  .refine((name) => name !== "root", { error: "not-grantable" });
const GrantedFolder = z
  .string()
  .max(4_096)
  .regex(/^\/[^\0]*$/, { error: "not-absolute" });

/** People expect the ports below to be the host's own (SSH, the web). Members may use any port from here on. */
const FIRST_FREE_PORT = 1_024;
const GrantedPort = z
  .int()
  .min(1)
  .max(FIRST_FREE_PORT - 1);

/** As stored in a target's row. Absent fields have the default. */
export const Grants = z.object({
  audience: Audience.default("administrators"),
  /** Ids of users; used when the audience is `people`. */
  people: z.array(z.uuid()).default([]),
  drivers: z.array(DriverKind).default([...DRIVER_KINDS]),
  networks: z.array(z.string()).default([]),
  users: z.array(z.string()).default([]),
  registries: z.array(z.string()).default([]),
  sourceRoots: z.array(z.string()).default([]),
  /** Below 1024. */
  ports: z.array(z.int()).default([]),
});
export type Grants = z.infer<typeof Grants>;

/** A field that is absent stays unchanged; a list replaces the old one. */
export const GrantsChange = z.strictObject({
  audience: Audience.optional(),
  people: z.array(z.uuid()).max(1_000).describe("Ids of users; they count when the audience is `people`").optional(),
  drivers: z.array(DriverKind).max(DRIVER_KINDS.length).optional(),
  networks: z.array(GrantedNetwork).max(MOST).describe("Docker networks besides Landfall's own").optional(),
  users: z.array(GrantedUser).max(MOST).describe("Users of the host that a service may run as").optional(),
  registries: z.array(z.string().max(255)).max(MOST).describe("Registries whose stored sign-in is used").optional(),
  sourceRoots: z.array(GrantedFolder).max(MOST).describe("Folders of the worker's machine to deploy from").optional(),
  ports: z.array(GrantedPort).max(MOST).describe("Ports below 1024 that a service may take").optional(),
});
export type GrantsChange = z.infer<typeof GrantsChange>;

/** What the caller sees of the grants: a member sees only themselves among the people. */
export const GrantsView = Grants.extend({ people: z.array(z.object({ id: z.uuid(), name: z.string() })) });
export type GrantsView = z.infer<typeof GrantsView>;

/** What `authorizeDeploy` needs to know of a target. */
export interface GrantingTarget {
  name: string;
  grants: Grants;
  /** Does a service there run as a user that cannot reach Landfall? If not, only administrators' services run there. */
  isolates: boolean;
}

type Caller = Pick<Actor, "id" | "role">;

/** May this person deploy there at all? */
export function mayDeployTo({ id, role }: Caller, { audience, people }: Pick<Grants, "audience" | "people">): boolean {
  if (role === "admin") return true;
  if (role !== "member" || id === null) return false;
  return audience === "everyone" || (audience === "people" && people.includes(id));
}

/** The person who deploys and the role of the service's owner: the grants apply unless both are administrators. */
export interface Deployer {
  actor: Caller;
  ownerRole: string;
}

export function isBound({ actor, ownerRole }: Deployer): boolean {
  return actor.role !== "admin" || ownerRole !== "admin";
}

/** The choices of a service that a target may deny. Absent fields are not checked. */
export interface Choices {
  driver?: DriverKind;
  settings?: unknown;
  source?: Source;
  port?: number | undefined;
  /** Created from a template, which only an administrator can write. */
  isFromTemplate: boolean;
}

/**
 * The only check of who may deploy what where: for creating, changing, deploying, rolling back, the environment and the
 * removal, whichever API is used. Without choices it checks only the person. Throws `target-not-granted` for a person
 * who may not deploy there, and `choice-not-granted` with every field that the target denies.
 */
export function authorizeDeploy(deployer: Deployer, target: GrantingTarget, choices?: Choices): void {
  if (!mayDeployTo(deployer.actor, target.grants)) throw targetNotGranted(target.name);
  const fields = choices ? withheld(deployer, target, choices) : [];
  if (fields.length > 0) throw new Problem("choice-not-granted", { params: { target: target.name }, fields });
}

export function targetNotGranted(target: string): Problem {
  return fieldProblem(["target"], "target-not-granted", { target });
}

/** Never granted: packets with a forged sender address, and a build on the console's own machine. */
const FOR_ADMINISTRATORS = [
  ["rawSockets", true],
  ["build", "local"],
] as const;

/** Every field of the choices that the target does not grant. */
export function withheld(
  deployer: Deployer,
  { name, grants, isolates }: GrantingTarget,
  choices: Choices,
): FieldError[] {
  if (!isBound(deployer)) return [];
  const { driver, settings, source, isFromTemplate } = choices;
  const wrong = (path: FieldError["path"], code: string, value: string): FieldError[] => {
    return [{ path, code, message: code, params: { target: name, value } }];
  };
  if (!isolates) return wrong(["target"], "target-not-isolated", name);
  if (isPlatformDriver(driver)) return isFromTemplate ? [] : wrong(["driver"], "template-only", driver);
  const network = settingOf(settings, "network");
  // For a container, the user exists only in its image.
  const user = driver === "docker" ? null : settingOf(settings, "user");
  return [
    ...(driver && !grants.drivers.includes(driver) ? wrong(["driver"], "driver-not-granted", driver) : []),
    ...(network !== null && !grants.networks.includes(network)
      ? wrong(["settings", "network"], "network-not-granted", network)
      : []),
    ...(user !== null && !grants.users.includes(user) ? wrong(["settings", "user"], "user-not-granted", user) : []),
    ...FOR_ADMINISTRATORS.flatMap(([setting, value]) =>
      driver === "docker" && isChosen(settings, setting, value)
        ? wrong(["settings", setting], "administrators-only", String(value))
        : [],
    ),
    ...(isPortWithheld(choices, grants) ? wrong(["port"], "port-not-granted", String(choices.port)) : []),
    ...(source ? foldersOf(source) : [])
      .filter(({ path }) => !isUnder(path, grants.sourceRoots))
      .flatMap(({ name, path }) => wrong(["source", name], "folder-not-granted", path)),
  ];
}

function isPortWithheld({ port = FIRST_FREE_PORT, isFromTemplate }: Choices, { ports }: Grants): boolean {
  return port < FIRST_FREE_PORT && !isFromTemplate && !ports.includes(port);
}

/** The folders that the service's source may be in: all roots, or those that the target grants. */
export function sourceRootsFor(
  deployer: Deployer,
  { sourceRoots }: Pick<Grants, "sourceRoots">,
  all: readonly string[],
): readonly string[] {
  if (!isBound(deployer)) return all;
  return [
    ...sourceRoots.filter((root) => isUnder(root, all)),
    ...all.filter((root) => isUnder(root, sourceRoots) && !sourceRoots.includes(root)),
  ];
}

interface Origin {
  ownerRole: string;
  isFromTemplate: boolean;
}

/** Did a member choose its code and settings? Only administrators write templates. */
export function isConfined({ ownerRole, isFromTemplate }: Origin): boolean {
  return ownerRole !== "admin" && !isFromTemplate;
}

/** May images of this service be pulled with the stored credentials of their registry? */
export function mayUseSignIn(service: Origin, { registries }: Grants, host: string): boolean {
  return !isConfined(service) || registries.includes(host);
}

/** Compares paths as written: symlinks are resolved on the machine that has the disk. */
export function isUnder(path: string, roots: readonly string[]): boolean {
  const parts = partsOf(path);
  return parts !== null && roots.some((root) => partsOf(root)?.every((part, index) => parts[index] === part) ?? false);
}

/** Null for a path with `..`. */
function partsOf(path: string): string[] | null {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.includes("..") ? null : parts;
}

function isChosen(settings: unknown, name: string, value: unknown): boolean {
  return typeof settings === "object" && settings !== null && Reflect.get(settings, name) === value;
}

/** Null when absent. A value that is not text is refused by the driver's own schema. */
function settingOf(settings: unknown, name: string): string | null {
  const value: unknown = typeof settings === "object" && settings !== null ? Reflect.get(settings, name) : undefined;
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}
