import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type GitAddress, readGitAddress } from "@/lib/contracts/git-source";
import { Secret } from "@/lib/platform/secrets/secret";
import { type CommitStatus, sendCommitStatus, statusServerOf } from "./commit-status";

const seen: { method: string; url: string; headers: Record<string, unknown>; body: unknown }[] = [];
let answer = 201;
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString());
  seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
  response.writeHead(answer).end("{}");
});
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => void server.close());
beforeEach(() => {
  seen.length = 0;
  answer = 201;
});

const commit = "9f2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";
const status: CommitStatus = {
  commit,
  state: "pending",
  service: "shop",
  link: "https://landfall.example.com/deployments/1",
  description: "#41 is deploying 9f2b3c4",
};

/** The address has the real server's name; the pinned connection leads to ours. */
function address(path = "acme/shop"): GitAddress {
  const port = (server.address() as AddressInfo).port;
  const read = readGitAddress(`http://git.example.com:${port}/${path}.git`);
  if (read === null) throw new Error("no address");
  return read;
}
const options = { token: new Secret("t0ken"), connectTo: async () => "127.0.0.1" };

test("GitHub, Gitea and GitLab each get a status as they document it", async () => {
  expect(await sendCommitStatus("github", address(), status, options)).toEqual({ sent: true });
  expect(await sendCommitStatus("gitea", address(), { ...status, state: "failure" }, options)).toEqual({ sent: true });
  expect(await sendCommitStatus("gitlab", address("acme/web/shop"), status, options)).toEqual({ sent: true });
  const fields = { target_url: status.link, description: status.description };
  expect(seen).toMatchObject([
    {
      method: "POST",
      url: `/api/v3/repos/acme/shop/statuses/${commit}`,
      headers: { authorization: "Bearer t0ken" },
      body: { ...fields, state: "pending", context: "landfall/shop" },
    },
    {
      method: "POST",
      url: `/api/v1/repos/acme/shop/statuses/${commit}`,
      headers: { authorization: "token t0ken" },
      body: { ...fields, state: "failure", context: "landfall/shop" },
    },
    {
      method: "POST",
      url: `/api/v4/projects/acme%2Fweb%2Fshop/statuses/${commit}`,
      headers: { "private-token": "t0ken" },
      body: { ...fields, state: "running", name: "landfall/shop" },
    },
  ]);
});

test("what will not get better is not tried again, what may is, and the token is in no answer", async () => {
  answer = 404;
  expect(await sendCommitStatus("github", address(), status, options)).toMatchObject({ sent: false, again: false });
  for (const busy of [429, 500, 503]) {
    answer = busy;
    expect(await sendCommitStatus("github", address(), status, options)).toMatchObject({ sent: false, again: true });
  }
  const gone = await sendCommitStatus("github", address(), status, {
    ...options,
    connectTo: async () => "127.255.255.254",
  });
  expect(gone).toMatchObject({ sent: false, again: true });
  const refused = await sendCommitStatus("github", address(), status, {
    ...options,
    connectTo: () => Promise.reject(new Error("not allowed")),
  });
  expect(refused).toEqual({ sent: false, again: true, detail: "not allowed" });
  expect(JSON.stringify([gone, refused])).not.toContain("t0ken");
});

test("a server is known by its name, where that tells", () => {
  expect(
    [
      "github.com",
      "github.acme.dev",
      "gitlab.com",
      "gitlab.acme.dev",
      "codeberg.org",
      "gitea.acme.dev",
      "git.acme.dev",
    ].map(statusServerOf),
  ).toEqual(["github", "github", "gitlab", "gitlab", "gitea", "gitea", null]);
});
