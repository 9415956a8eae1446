import { expect, test } from "vitest";
import { stepEnvironment } from "./build";

const environment = { A: "1", NODE_OPTIONS: "--require ./tracer.js" };

test.each([
  ["npm ci --omit=dev", true, { A: "1", HUSKY: "0" }],
  ["npm run build", false, { A: "1", npm_config_node_options: "--require ./tracer.js" }],
  ["npx --yes pnpm@10 run build", false, { A: "1", npm_config_node_options: "--require ./tracer.js" }],
  ["node build.js", false, environment],
])("NODE_OPTIONS of the service during %s", (command, installs, expected) => {
  expect(stepEnvironment(environment, { command, installs })).toEqual(expected);
});
