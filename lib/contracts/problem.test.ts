import { expect, test } from "vitest";
import { causeLineOf } from "./problem";

test.each([
  [
    "exit code 1\nError: connect ECONNREFUSED 10.0.4.7:5432\n    at TCP (node:net:1611:16)",
    "Error: connect ECONNREFUSED 10.0.4.7:5432",
  ],
  ["\u001b[31mnpm error\u001b[0m Missing script", "npm error Missing script"],
  ["exit code 137", "exit code 137"],
  ["\n  \n", undefined],
  [undefined, undefined],
])("of %j the cause is %j", (detail, line) => {
  expect(causeLineOf({ detail })).toBe(line);
});
