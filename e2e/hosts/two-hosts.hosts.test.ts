/* Tests that need two hosts. */
import { expect, test } from "vitest";
import { over, signIn } from "./sign-in";
import { takeHosts } from "./take-host";

const [first, second] = await takeHosts(2);

test("they are two: other names, other keys, other Dockers, one way between them", async () => {
  if (!first || !second) throw new Error("there should be two");
  expect(first.name < second.name).toBe(true);
  expect(first.hostKeys.ed25519.line).not.toBe(second.hostKeys.ed25519.line);
  const [one, two] = await Promise.all(
    [first, second].map((host) => host.exec(["docker", "info", "--format", "{{.ID}}"])),
  );
  expect(one).not.toBe(two);
  const { client, hostKey } = await signIn(second, second.keys.ecdsa, "deploy");
  expect(hostKey).not.toBe("");
  const greeting = `timeout 5 bash -c "head -1 </dev/tcp/${first.insideAddress}/22"`;
  expect(await over(client, greeting)).toContain("SSH-2.0");
  client.end();
});
