import { expect, test } from "vitest";
import { afterAnswer, type Health } from "./health";

const HEALTHY: Health = { state: "healthy", badAnswers: 0, isReported: false };

function states(before: Health, answers: readonly (boolean | null)[]): string[] {
  let health = before;
  return answers.map((ok) => {
    health = afterAnswer(health, ok === null ? null : { ok });
    return `${health.state}${health.isReported ? " reported" : ""}`;
  });
}

test("three bad answers in a row make it unhealthy, and one good answer healthy again", () => {
  expect(states(HEALTHY, [false, false, true, false, false, false, false, true])).toEqual([
    ...["healthy", "healthy", "healthy", "healthy", "healthy"],
    ...["unhealthy reported", "unhealthy reported", "healthy"],
  ]);
});

test("a host that does not answer says nothing about the service, and nobody is notified twice", () => {
  expect(states(HEALTHY, [false, false, null, false, false, false, null, false, true])).toEqual([
    ...["healthy", "healthy", "unknown", "unknown", "unknown", "unhealthy reported"],
    ...["unknown reported", "unhealthy reported", "healthy"],
  ]);
});
