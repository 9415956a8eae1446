import { expect, test } from "vitest";
import { Problem } from "@/lib/contracts/problem";
import { engineProblem, hasStatus, unless, unlessRefused } from "./engine-problem";

const refusal = (statusCode: number, json: unknown) =>
  Object.assign(new Error("(HTTP code) sentence "), { statusCode, json });

test("a refusal keeps its status and the daemon's sentence", () => {
  const problem = engineProblem(refusal(409, { message: "name is in use\n" }));
  expect(problem.toData()).toEqual({ code: "engine-refused", params: { status: 409 }, detail: "name is in use" });
  expect(hasStatus(problem, 404, 409)).toBe(true);
  expect(hasStatus(problem, 404)).toBe(false);
  expect(engineProblem(refusal(500, null)).detail).toBe("(HTTP code) sentence");
});

test("anything else means that it was not reached, but for what the host has to say", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  expect(engineProblem(refused).toData()).toMatchObject({ code: "engine-unreachable", detail: "connect ECONNREFUSED" });
  const late = new DOMException("The operation timed out", "TimeoutError");
  expect(engineProblem(late).toData()).toMatchObject({ detail: "it did not answer in time" });
  const lost = new Problem("host-lost");
  expect(engineProblem(lost)).toBe(lost);
});

test("an expected refusal is null", async () => {
  expect(await unless([404], Promise.reject(engineProblem(refusal(404, null))))).toBeNull();
  expect(await unless([404], Promise.resolve("found"))).toBe("found");
  await expect(unless([404], Promise.reject(engineProblem(refusal(500, null))))).rejects.toMatchObject({
    code: "engine-refused",
  });
});

test("any refusal can be null, and nothing else", async () => {
  expect(await unlessRefused(Promise.reject(engineProblem(refusal(500, null))))).toBeNull();
  expect(await unlessRefused(Promise.resolve("found"))).toBe("found");
  await expect(unlessRefused(Promise.reject(engineProblem(new Error("gone"))))).rejects.toMatchObject({
    code: "engine-unreachable",
  });
});
