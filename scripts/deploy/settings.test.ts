import { afterEach, expect, test } from "vitest";
import { secretsIn, takeServer } from "./settings";

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});
const server = () => [process.env.SERVER_USER, process.env.SERVER_HOST, process.env.SERVER_PORT];

test("the server is the environment file's, whatever this shell has", () => {
  process.env.SERVER_HOST = "of-the-shell";
  takeServer("SERVER_HOST=10.0.0.4\nSERVER_USER=deploy\n", undefined);
  expect(server()).toEqual(["deploy", "10.0.0.4", undefined]);
  takeServer("", undefined);
  expect(server()).toEqual([undefined, undefined, undefined]);
});

test("--host comes before it", () => {
  takeServer("SERVER_HOST=10.0.0.4\n", "root@web.acme.test:2222");
  expect(server()).toEqual(["root", "web.acme.test", "2222"]);
  takeServer("SERVER_HOST=10.0.0.4\n", "local");
  expect(server()).toEqual([undefined, undefined, undefined]);
});

test("what nobody may see is known by its name", () => {
  const text = "A=b\nGITHUB_SECRET=one\nDATABASE_URL=postgres://u:t%20wo@h/d\nSSH_KEY_PATH=/k\nX_TOKEN_FILE=/run/x\n";
  expect(secretsIn(text)).toEqual(["postgres://u:t%20wo@h/d", "t wo", "one"]);
});
