import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { takeHost } from "@/e2e/hosts/take-host";
import { Secret } from "@/lib/platform/secrets/secret";
import { Workbench } from "../contract/workbench";
import { dockerUnderTest } from "./contract/docker-under-test";

const testHost = await takeHost();
const { address, username, password } = testHost.registry;
const imageCredentials = { username, password: new Secret(password) };
const repository = `${address}/acme/web`;

/** Pushes two images and removes them from the host; prints their digests. */
const PUBLISH = `
printf %s "$3" | docker login "$1" --username "$2" --password-stdin >&2
folder=$(mktemp --directory)
cat >"$folder/server.py"
printf 'FROM landfall-test/python\\nCOPY server.py /\\nEXPOSE 8123\\nENV VERSION=1\\nCMD ["python3", "/server.py"]\\n' >"$folder/Dockerfile"
docker build --quiet --tag "$4:1" "$folder" >&2
printf 'FROM %s:1\\nENV VERSION=2\\n' "$4" | docker build --quiet --tag "$4:2" - >&2
docker push --quiet --all-tags "$4" >&2
docker inspect --format '{{index .RepoDigests 0}}' "$4:1" "$4:2"
docker image rm "$4:2" "$4:1" >&2
docker logout "$1" >&2
rm -r "$folder"
`;

/** The registry gives another tag to what it has under one: $1 is its address with a sign-in, $2 and $3 are the tags. */
const TAG = `
type=application/vnd.docker.distribution.manifest.v2+json
curl --silent --show-error --fail --header "Accept: $type" "$1/manifests/$2" |
  curl --silent --show-error --fail --request PUT --data-binary @- --header "Content-Type: $type" "$1/manifests/$3"
`;

const SERVER = `
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"version": os.environ["VERSION"], "environment": dict(os.environ)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
`;

/** The digests of the images with the tags `1` and `2`. */
let digests: string[];

async function tag(from: string, to: string): Promise<void> {
  const registry = `http://${username}:${password}@${address}/v2/acme/web`;
  await testHost.script(TAG, [registry, from, to]);
}

const bench = new Workbench(await dockerUnderTest(testHost));
beforeAll(async () => {
  await bench.open();
  await bench.setUp();
  const published = await testHost.script(PUBLISH, [address, username, password, repository], { stdin: SERVER });
  digests = published.split("\n").flatMap((line) => line.split("@")[1] ?? []);
});
afterAll(async () => {
  await bench.tearDown();
  await bench.close();
});
beforeEach(async () => {
  bench.service = await bench.newService();
});

const deploy = (image: string, credentials: typeof imageCredentials | null = imageCredentials) =>
  bench.service.deploy({
    spec: { source: { kind: "image", image }, settings: {} },
    ...(credentials && { imageCredentials: credentials }),
  });
const images = () => testHost.exec(["docker", "images", "--digests", "--format", "{{.Repository}}@{{.Digest}}"]);

test("an image is pulled with a sign-in, pinned, and found again when its tag has moved on", async () => {
  await tag("1", "stable");
  const first = await deploy(`${repository}:stable`);
  expect(first.problem).toBeNull();
  expect(first.skipped).toEqual(["build"]);
  expect(first.details.transfer).toMatch(/ pulled in /);
  expect(first.log).toContain(`runs ${repository}@${digests[0]}`);
  expect((await bench.ask()).environment.PORT).toBe("8123");

  expect((await deploy(`${repository}:stable`)).details.transfer).toMatch(/ on the target already$/);

  await tag("2", "stable");
  const moved = await deploy(`${repository}:stable`);
  expect(moved.problem).toBeNull();
  expect((await bench.ask()).version).toBe("2");
  const [now, , before] = bench.service.releases;
  if (!now || !before) throw new Error("a release is missing");
  expect(await bench.driver.diff(bench.service.place, before, now)).toEqual([
    { name: `${repository}:stable`, kind: "changed" },
  ]);
  const back = await bench.service.rollback(before);
  expect(back.problem).toBeNull();
  expect(back.skipped).toEqual(["transfer", "build"]);
  expect((await bench.ask()).version).toBe("1");

  await bench.driver.prune(bench.service.place, now);
  expect(await bench.driver.hasArtifact(bench.service.place, now)).toBe(false);
  expect(await bench.driver.hasArtifact(bench.service.place, before)).toBe(true);
  expect((await bench.service.remove()).problem).toBeNull();
  expect(await images()).not.toContain(repository);
});

test("a digest is taken at its word", async () => {
  const image = `${repository}:2@${digests[0]}`;
  expect((await deploy(image)).problem).toBeNull();
  expect((await bench.ask()).version).toBe("1");
  // An image that another service's sign-in pulled is refused to others; the service that pulled it needs no new
  // sign-in.
  const other = await bench.newService();
  const without = await other.deploy({ spec: { source: { kind: "image", image }, settings: {} } });
  expect(without).toMatchObject({ failedIn: "transfer", problem: { code: "image-pull-failed" } });
  expect((await deploy(image, null)).problem).toBeNull();
  expect((await bench.service.remove()).problem).toBeNull();
});

test("what cannot be pulled says why, and leaves nothing", async () => {
  const wrong = await deploy(`${repository}:1`, { username, password: new Secret("wrong") });
  expect(wrong).toMatchObject({ failedIn: "transfer", problem: { code: "image-sign-in-refused" }, stuck: [] });
  const missing = await deploy(`${repository}:missing`);
  expect(missing).toMatchObject({ problem: { code: "image-not-found" } });
  expect(missing.problem?.params.image).toContain(`${repository}:missing`);
  expect((await deploy(`${repository}:1`, null)).problem?.code).toBe("image-pull-failed");
  expect((await deploy("127.0.0.1:5999/acme/web:1")).problem?.code).toBe("image-pull-failed");
  expect((await deploy("Not An Image")).problem?.code).toBe("image-invalid");
  expect(await images()).not.toContain(repository);
  expect(JSON.stringify([wrong, missing])).not.toContain(password);
});

test("an image that does not serve is taken away again", async () => {
  const attempt = await bench.service.deploy({
    spec: { source: { kind: "image", image: `${repository}:1` }, settings: { command: "python3 -c 'exit(4)'" } },
    imageCredentials,
  });
  expect(attempt.problem?.toData()).toMatchObject({ code: "service-exited", params: { exitCode: 4 } });
  expect(attempt.stuck).toEqual([]);
  expect(await images()).not.toContain(repository);
});
