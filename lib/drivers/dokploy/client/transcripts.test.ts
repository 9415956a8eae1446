import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as z from "zod";
import * as answers from "./answers";
import { toVersion } from "./version";
import { refusalOf } from "./wire";

/** A real server's answers (0.30.2) to every call of the client. */
const Transcript = z.array(
  z.object({
    name: z.string(),
    request: z.object({ path: z.string() }),
    response: z.object({ status: z.int(), emptyBody: z.boolean().optional(), body: z.unknown() }),
  }),
);
const file = new URL("../../../../e2e/dokploy/transcripts.json", import.meta.url);
const recorded = Transcript.parse(JSON.parse(readFileSync(file, "utf8")));

const SHAPES: Record<string, z.ZodType> = {
  "settings.getDokployVersion": answers.VersionText,
  "project.all": answers.Projects,
  "project.one": answers.Project,
  "project.create": answers.CreatedProject,
  "project.remove": answers.Anything,
  "application.create": answers.CreatedApplication,
  "application.one": answers.Application,
  "application.update": answers.Anything,
  "application.stop": answers.Anything,
  "application.delete": answers.Anything,
  "application.deploy": answers.Anything,
  "application.cleanQueues": answers.Anything,
  "application.readLogs": answers.Text,
  "mounts.create": answers.Anything,
  "mounts.remove": answers.Anything,
  "domain.create": answers.CreatedDomain,
  "domain.byApplicationId": answers.Domains,
  "domain.delete": answers.Anything,
  "deployment.all": answers.Deployments,
  "deployment.queueList": answers.Jobs,
  "deployment.readLogs": answers.Text,
  "docker.getServiceContainersByAppName": answers.Tasks,
  "docker.getContainersByAppNameMatch": answers.Containers,
  "docker.getConfig": answers.Inspected,
};
const procedureOf = (path: string) => path.replace(/^\/api\//, "");
const isText = (body: unknown) => z.object({ $text: z.string() }).safeParse(body).success;

const good = recorded.filter(({ request, response }) => response.status === 200 && procedureOf(request.path) in SHAPES);
const bad = recorded.filter(({ response }) => response.status !== 200);

test("there is a recorded answer to every call", () => {
  const seen = new Set(good.map(({ request }) => procedureOf(request.path)));
  expect(Object.keys(SHAPES).filter((procedure) => !seen.has(procedure))).toEqual([]);
});

test.each(good.map((one) => [one.name, one] as const))("%s is read", (_, { request, response }) => {
  const shape = SHAPES[procedureOf(request.path)];
  expect(shape?.safeParse(response.emptyBody ? null : response.body).error).toBeUndefined();
});

test.each(bad.map((one) => [one.name, one] as const))("%s is understood, and nothing of it is repeated", (_, one) => {
  const { status, body } = one.response;
  const answer = isText(body)
    ? { status, body: null, form: "other" as const, retryAfter: null }
    : { status, body, form: "json" as const, retryAfter: null };
  const problem = refusalOf({ procedure: "a.call", isKnown: true }, answer);
  expect(problem.code).toMatch(/^platform-(refused|forbidden|gone|failed|key-refused|unsupported)$/);
  expect(problem.detail).toMatch(/^a\.call: HTTP \d{3}( [A-Z_]+)?( \([\w.-]*: [a-z_]+(, [\w.-]*: [a-z_]+)*\))?$/);
});

test("the three meanings of 401 are told apart", () => {
  const codeOf = (name: string) => {
    const one = recorded.find((transcript) => transcript.name === name);
    const { status, body } = one?.response ?? { status: 0, body: null };
    return refusalOf({ procedure: "a.call", isKnown: true }, { status, body, form: "json", retryAfter: null }).code;
  };
  expect(codeOf("auth-bad-key")).toBe("platform-key-refused");
  expect(codeOf("rate-limited-default-key-call-6")).toBe("platform-key-refused");
  expect(codeOf("member-application-create")).toBe("platform-forbidden");
  expect(codeOf("member-project-create")).toBe("platform-forbidden");
  expect(codeOf("other-org-environment-one")).toBe("platform-forbidden");
  expect(codeOf("project-one-unknown")).toBe("platform-gone");
  expect(codeOf("unknown-procedure")).toBe("platform-unsupported");
  expect(codeOf("mounts-create-unknown-service")).toBe("platform-refused");
});

test("projects of before and after environments read alike", () => {
  const application = { applicationId: "a1", name: "web", env: "SECRET=1" };
  const environment = { environmentId: "e1", name: "production", applications: [application] };
  const old = answers.Project.parse({ projectId: "p1", name: "web", applications: [application] });
  const now = answers.Project.parse({ projectId: "p1", name: "web", environments: [environment] });
  const inside = { name: "production", isDefault: true, applications: [{ applicationId: "a1", name: "web" }] };
  expect(old).toMatchObject({ description: null, environments: [{ ...inside, environmentId: null }] });
  expect(now).toMatchObject({ description: null, environments: [{ ...inside, environmentId: "e1" }] });
  expect(answers.CreatedProject.parse({ projectId: "p1" })).toEqual({ projectId: "p1", environmentId: null });
});

test("versions are read, and one that is newer or too old is told", () => {
  expect(toVersion("v0.30.2")).toMatchObject({ major: 0, minor: 30, patch: 2, isTested: true });
  expect(toVersion("0.31.0").isTested).toBe(false);
  expect(toVersion("v1.0.0").isTested).toBe(false);
  for (const text of ["v0.23.9", "hello", ""])
    expect(() => toVersion(text)).toThrow(expect.objectContaining({ code: "platform-unsupported" }));
});
