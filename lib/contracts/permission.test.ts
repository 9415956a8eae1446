import { expect, test } from "vitest";
import { authorize, ownedBy, servicesWithin } from "./authorize";
import { ACTIONS, type Action, can, reachOf } from "./permission";
import { type Actor, ROLES, type Role, type TokenScope } from "./user";

const NO = undefined;
/** Repeated on purpose: a changed permission has to change in both places, where a reviewer sees it. */
const TABLE: Record<Action, Record<Role, "own" | "any" | undefined>> = {
  "service:read": { admin: "any", member: "own", viewer: "any" },
  "service:create": { admin: "any", member: "any", viewer: NO },
  "service:update": { admin: "any", member: "own", viewer: NO },
  "service:delete": { admin: "any", member: "own", viewer: NO },
  "upload:create": { admin: "any", member: "any", viewer: NO },
  "upload:use": { admin: "any", member: "own", viewer: NO },
  "environment:read": { admin: "any", member: "own", viewer: "any" },
  "environment:reveal": { admin: "any", member: "own", viewer: NO },
  "environment:update": { admin: "any", member: "own", viewer: NO },
  "deployment:read": { admin: "any", member: "own", viewer: "any" },
  "deployment:create": { admin: "any", member: "own", viewer: NO },
  "deployment:cancel": { admin: "any", member: "own", viewer: NO },
  "release:read": { admin: "any", member: "own", viewer: "any" },
  "target:read": { admin: "any", member: "any", viewer: "any" },
  "target:write": { admin: "any", member: NO, viewer: NO },
  "template:read": { admin: "any", member: "any", viewer: "any" },
  "template:write": { admin: "any", member: NO, viewer: NO },
  "token:read": { admin: "any", member: "own", viewer: "own" },
  "token:create": { admin: "any", member: "any", viewer: "any" },
  "token:revoke": { admin: "any", member: "own", viewer: "own" },
  "account:read": { admin: "any", member: "own", viewer: "own" },
  "account:update": { admin: "any", member: "own", viewer: "own" },
  "account:secure": { admin: "any", member: "own", viewer: "own" },
  "registration:read": { admin: "any", member: "own", viewer: "any" },
  "registry:read": { admin: "any", member: "own", viewer: "any" },
  "registry:write": { admin: "any", member: NO, viewer: NO },
  "image-registry:read": { admin: "any", member: NO, viewer: "any" },
  "image-registry:write": { admin: "any", member: NO, viewer: NO },
  "user:read": { admin: "any", member: NO, viewer: "any" },
  "user:write": { admin: "any", member: NO, viewer: NO },
  "audit:read": { admin: "any", member: NO, viewer: "any" },
  "resource:remove": { admin: "any", member: NO, viewer: NO },
  "backup:read": { admin: "any", member: NO, viewer: "any" },
  "backup:create": { admin: "any", member: NO, viewer: NO },
  "metrics:read": { admin: "any", member: NO, viewer: "any" },
  "notification:read": { admin: "any", member: "own", viewer: "own" },
  "notification:write": { admin: "any", member: "own", viewer: "own" },
};

test("every action is in the table", () => {
  expect(Object.keys(TABLE).sort()).toEqual([...ACTIONS].sort());
});

test.each(ACTIONS.flatMap((action) => ROLES.map((role) => [role, action] as const)))("%s: %s", (role, action) => {
  const expected = TABLE[action][role];
  expect(reachOf(role, action)).toBe(expected);
  const actor: Actor = { id: "me", name: "me", role };
  expect(can(actor, action)).toBe(expected !== undefined);
  expect(can(actor, action, { ownerId: "me" })).toBe(expected !== undefined);
  expect(can(actor, action, { ownerId: "somebody else" })).toBe(expected === "any");
  expect(can(actor, action, { ownerId: null })).toBe(expected === "any");
});

test("what one may never do is forbidden; what is somebody else's is not there", () => {
  const member: Actor = { id: "me", name: "me", role: "member" };
  expect(() => authorize(member, "user:write")).toThrow(expect.objectContaining({ code: "forbidden" }));
  expect(() => authorize(member, "service:read", { ownerId: "other" })).toThrow(
    expect.objectContaining({ code: "not-found" }),
  );
  expect(() => authorize(member, "service:read", null)).toThrow(expect.objectContaining({ code: "not-found" }));
  const mine = { ownerId: "me", port: 80 };
  expect(authorize(member, "service:read", mine)).toBe(mine);
});

test("a second role only takes away", () => {
  const readOnly: Actor = { id: "me", name: "me", role: "member", limitedTo: "viewer" };
  expect(can(readOnly, "service:read", { ownerId: "me" })).toBe(true);
  expect(can(readOnly, "service:read", { ownerId: "other" })).toBe(false);
  expect(can(readOnly, "deployment:create", { ownerId: "me" })).toBe(false);
  expect(can(readOnly, "audit:read")).toBe(false);
  expect(ownedBy(readOnly, "service:read")).toEqual({ ownerId: "me" });
});

const token = (scope: Partial<TokenScope>): Actor => ({
  ...{ id: "me", name: "me", role: "admin", tokenId: "token" },
  scope: { services: [], targets: [], deployOnly: false, ...scope },
});
const A = { ownerId: "me", serviceId: "a", targetId: "t" };
const B = { ownerId: "me", serviceId: "b", targetId: "u" };

test("a token makes no tokens and changes no way of signing in, whatever its role", () => {
  const actor: Actor = { id: "me", name: "me", role: "admin", tokenId: "token" };
  expect(can(actor, "token:create")).toBe(false);
  expect(can(actor, "account:secure", { ownerId: "me" })).toBe(false);
  expect(can({ ...actor, tokenId: null }, "token:create")).toBe(true);
});

test.each([
  ["a service", { services: ["a"] }],
  ["a target", { targets: ["t"] }],
  ["both", { services: ["a", "b"], targets: ["t"] }],
] as [string, Partial<TokenScope>][])("a token that is limited to %s reaches that and nothing else", (_, scope) => {
  const actor = token(scope);
  for (const action of ["service:read", "service:update", "deployment:create", "environment:reveal"] as const) {
    expect(can(actor, action)).toBe(true);
    expect(can(actor, action, A)).toBe(true);
    expect(can(actor, action, B)).toBe(false);
    expect(can(actor, action, { ownerId: "me" }), "what does not say which it is").toBe(false);
  }
  const others = ACTIONS.filter((action) => !can(actor, action));
  expect(others).toEqual(
    expect.arrayContaining([
      "service:create",
      "user:write",
      "target:write",
      "target:read",
      "audit:read",
      "token:revoke",
    ]),
  );
});

test("a token that is limited to a service or to deploying uses only uploads of its own", () => {
  const actor = token({ services: ["a"] });
  expect(can(actor, "upload:create")).toBe(true);
  expect(can(actor, "upload:use", { ownerId: "me", tokenId: "token" })).toBe(true);
  for (const tokenId of ["other", null, undefined])
    expect(can(actor, "upload:use", { ownerId: "me", ...(tokenId !== undefined && { tokenId }) })).toBe(false);
  expect(can({ ...actor, role: "member" }, "upload:use", { ownerId: "another", tokenId: "token" })).toBe(false);
  expect(can(token({ deployOnly: true }), "upload:use", { ownerId: "me", tokenId: "other" })).toBe(false);
  expect(can({ ...token({}), scope: undefined }, "upload:use", { ownerId: "me", tokenId: null })).toBe(true);
});

test("a token that only deploys does that to every service in its scope, and nothing else", () => {
  const allowed = ACTIONS.filter((action) => can(token({ deployOnly: true }), action));
  expect(allowed.sort()).toEqual([
    "account:read",
    "deployment:cancel",
    "deployment:create",
    "deployment:read",
    "release:read",
    "service:read",
    "upload:create",
    "upload:use",
  ]);
  expect(can(token({ deployOnly: true, services: ["a"] }), "deployment:create", B)).toBe(false);
});

test("a list is narrowed to a token's scope, whatever its role", () => {
  expect(ownedBy(token({ services: ["a"] }), "service:read")).toEqual({ serviceIds: ["a"] });
  const member: Actor = { ...token({ targets: ["t"] }), role: "member" };
  expect(servicesWithin(ownedBy(member, "service:read"))).toEqual({ ownerId: "me", targetId: { in: ["t"] } });
});

test("who must set up a second factor has their own account until then", () => {
  const actor: Actor = { id: "me", name: "me", role: "admin", mustProve: true };
  expect(ACTIONS.filter((action) => can(actor, action))).toEqual(["account:read", "account:update", "account:secure"]);
  expect(() => authorize(actor, "service:read")).toThrow(expect.objectContaining({ code: "second-factor-unset" }));
});
