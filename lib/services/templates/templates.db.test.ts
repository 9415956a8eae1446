import { beforeAll, beforeEach, expect, test } from "vitest";
import { NewTemplate, TemplateChange } from "@/lib/contracts/template";
import type { Actor } from "@/lib/contracts/user";
import { createStack } from "@/lib/domain/stacks/stack-commands";
import { aDokployTarget, aTemplate, removedStack } from "@/lib/domain/stacks/test-stacks";
import { aLocalTarget, aPerson } from "@/lib/engine/test-service";
import { db } from "@/lib/platform/db/client";
import { readEnv } from "@/lib/platform/env";
import { ensureEnvironmentTemplate } from "./ensure-environment-template";
import { changeTemplate, createTemplate, removeTemplate } from "./template-commands";
import { findTemplateView, listTemplates } from "./template-store";

let admin: Actor & { id: string };
let ana: Actor & { id: string };
/** The number of audit rows before the test: the trail only grows. */
let told: number;
beforeAll(async () => {
  [admin, ana] = [await aPerson("admin"), await aPerson("member", "ana")];
});
beforeEach(async () => {
  await db.$executeRaw`TRUNCATE service, target, stack_template, idempotency_key CASCADE`;
  told = await db.auditEvent.count();
});

const code = (expected: string) => expect.objectContaining({ code: expected });
const trail = async () =>
  (await db.auditEvent.findMany({ orderBy: { id: "asc" }, skip: told })).map(({ actorName, action, details }) => [
    actorName,
    action,
    details,
  ]);
const input = (change: object = {}) =>
  NewTemplate.parse({
    name: "notes",
    image: "ghcr.io/acme/notes:1",
    port: 3000,
    domainSuffix: "example.com",
    ...change,
  });

test("a template is written down with its environment sealed; its values are answered to nobody", async () => {
  const made = await createTemplate(input({ environment: { TOKEN: "s3cret-value" } }), admin);
  expect(made).toMatchObject({
    name: "notes",
    description: null,
    volumes: [],
    https: true,
    healthPath: "/health",
    limits: { memoryMb: null, cpus: null },
    target: null,
    environment: ["TOKEN"],
    readOnly: false,
    stacks: 0,
  });
  await changeTemplate("notes", TemplateChange.parse({ environment: { set: { TOKEN: "an0ther-value" } } }), admin);
  const everything = JSON.stringify([await db.stackTemplate.findMany(), await db.auditEvent.findMany()]);
  expect(everything).not.toMatch(/s3cret-value|an0ther-value/);
});

test("only what is named changes, and the trail says what", async () => {
  await createTemplate(input({ environment: { A: "1", B: "2" } }), admin);
  const change = { image: "ghcr.io/acme/notes:2", environment: { set: { C: "3" }, unset: ["A"] } };
  const changed = await changeTemplate("notes", TemplateChange.parse(change), admin);
  expect(changed).toMatchObject({ image: "ghcr.io/acme/notes:2", port: 3000, environment: ["B", "C"] });
  await changeTemplate("notes", TemplateChange.parse({ port: 3000 }), admin);
  expect(await trail()).toEqual([
    ["admin", "template.create", expect.objectContaining({ environment: ["A", "B"] })],
    [
      "admin",
      "template.change",
      {
        image: { from: "ghcr.io/acme/notes:1", to: "ghcr.io/acme/notes:2" },
        environment: { set: ["C"], unset: ["A"] },
      },
    ],
  ]);
});

test("wrong fields are named; a name is one template's", async () => {
  await aLocalTarget();
  await createTemplate(input(), admin);
  const twice = createTemplate(input({ target: "this-machine" }), admin);
  await expect(twice).rejects.toMatchObject({
    code: "invalid-request",
    fields: [
      { path: ["name"], code: "name-taken" },
      { path: ["target"], code: "driver-not-for-target" },
    ],
  });
  await expect(createTemplate(input(), admin)).rejects.toThrow(code("name-taken"));
  const contradiction = TemplateChange.parse({ target: "gone", environment: { set: { A: "1" }, unset: ["A"] } });
  await expect(changeTemplate("notes", contradiction, admin)).rejects.toMatchObject({
    fields: [
      { path: ["target"], code: "not-found" },
      { path: ["environment", "unset", 0], code: "set-and-unset" },
    ],
  });
  await expect(changeTemplate("absent", {}, admin)).rejects.toThrow(code("not-found"));
});

test("its own target can be given and taken away", async () => {
  await aDokployTarget("platform");
  expect((await createTemplate(input({ target: "platform" }), admin)).target).toBe("platform");
  expect((await changeTemplate("notes", { target: null }, admin)).target).toBeNull();
});

test("the same key twice makes one template", async () => {
  const make = () => createTemplate(input(), admin, { idempotencyKey: "k", requestHash: "h" });
  const [first, second] = await Promise.all([make(), make()]);
  expect(second.id).toBe(first.id);
});

test("one that stacks live by stays; when they are gone it can go", async () => {
  await aDokployTarget();
  await aTemplate();
  await createStack({ name: "mine" }, ana);
  await expect(removeTemplate("workspace", admin)).rejects.toThrow(code("template-in-use"));
  expect((await findTemplateView({ name: "workspace" }))?.stacks).toBe(1);
  await removedStack("mine", { isKept: true });
  await removeTemplate("workspace", admin);
  expect(await listTemplates()).toEqual([]);
  // Its kept data still belongs to its owner.
  expect(await db.resource.count({ where: { kind: "volume", removedAt: null } })).toBe(1);
});

test("a template that is removed while a stack is made from it: one of the two happens", async () => {
  await aDokployTarget();
  await aTemplate();
  const [made, removed] = await Promise.allSettled([
    createStack({ name: "mine" }, ana),
    removeTemplate("workspace", admin),
  ]);
  expect([made.status, removed.status].sort()).toEqual(["fulfilled", "rejected"]);
});

test("members see templates and change none", async () => {
  await expect(createTemplate(input(), ana)).rejects.toThrow(code("forbidden"));
  await expect(changeTemplate("notes", {}, ana)).rejects.toThrow(code("forbidden"));
  await expect(removeTemplate("notes", ana)).rejects.toThrow(code("forbidden"));
});

const variables = (given: Record<string, string> = {}) =>
  readEnv({
    NODE_ENV: "test",
    DATABASE_URL: "postgresql://127.0.0.1:1/none",
    LANDFALL_SECRET_KEY: "0".repeat(64),
    ...given,
  });
const SET = { STACK_IMAGE: "ghcr.io/acme/workspace:1", STACK_DOMAIN_SUFFIX: "apps.example.com" };

test("the environment's template follows it, comes first and is changed nowhere else", async () => {
  await ensureEnvironmentTemplate(variables({ STACK_IMAGE: "ghcr.io/acme/workspace:1" }));
  expect(await listTemplates()).toEqual([]);
  await createTemplate(input(), admin);
  await Promise.all([1, 2, 3].map(() => ensureEnvironmentTemplate(variables(SET))));
  expect(await listTemplates()).toMatchObject([
    {
      name: "workspace",
      description: "the AI workspace stack",
      image: "ghcr.io/acme/workspace:1",
      port: 8080,
      https: true,
      volumes: [{ name: "portal-ai-workspace-{name}", path: "/workspace" }],
      readOnly: true,
    },
    { name: "notes", readOnly: false },
  ]);
  await ensureEnvironmentTemplate(variables({ ...SET, STACK_IMAGE: "ghcr.io/acme/workspace:2", STACK_HTTPS: "0" }));
  expect((await listTemplates())[0]).toMatchObject({ image: "ghcr.io/acme/workspace:2", https: false, readOnly: true });
  await expect(changeTemplate("workspace", { port: 1 }, admin)).rejects.toThrow(code("read-only"));
  await expect(removeTemplate("workspace", admin)).rejects.toThrow(code("read-only"));
  await ensureEnvironmentTemplate(variables());
  expect((await listTemplates()).map(({ name }) => name)).toEqual(["notes"]);
  expect((await trail()).map(([who, action]) => [who, action])).toEqual([
    ["admin", "template.create"],
    ["landfall", "template.create"],
    ["landfall", "template.change"],
    ["landfall", "template.remove"],
  ]);
});

test("while stacks live by it, what the environment no longer names stays for an administrator", async () => {
  await aDokployTarget();
  await ensureEnvironmentTemplate(variables(SET));
  await createStack({ name: "mine" }, ana);
  await ensureEnvironmentTemplate(variables());
  expect(await listTemplates()).toMatchObject([{ name: "workspace", readOnly: false, stacks: 1 }]);
  // Configured again, it gets a new name.
  await ensureEnvironmentTemplate(variables(SET));
  expect((await listTemplates()).map(({ name, readOnly }) => [name, readOnly])).toEqual([
    ["workspace-2", true],
    ["workspace", false],
  ]);
});

test("what the environment says of stacks is checked when Landfall starts", () => {
  const wrong = {
    STACK_IMAGE: "Not An Image",
    STACK_DOMAIN_SUFFIX: "https://apps.example.com",
    STACK_VOLUME: "shared",
    STACK_VOLUME_PATH: "workspace",
    STACK_HTTPS: "perhaps",
  };
  for (const [name, value] of Object.entries(wrong)) expect(() => variables({ [name]: value })).toThrow(name);
});
