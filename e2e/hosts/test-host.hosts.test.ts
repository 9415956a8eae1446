/* Whether a test host behaves like the server that other tests assume. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import { keyNames, users } from "./facts";
import { over, signIn } from "./sign-in";
import { takeHost } from "./take-host";

const host = await takeHost();

/** "open", or the code of the refusal. */
function knock(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, host.address);
    socket.once("connect", () => {
      socket.destroy();
      resolve("open");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

async function answerAt(port: number): Promise<string> {
  try {
    return await (await fetch(`http://${host.address}:${port}/`, { signal: AbortSignal.timeout(5_000) })).text();
  } catch (error) {
    return String(error);
  }
}

test("lets every key in but the stranger's, as every user, and shows the key it says it has", async () => {
  const lines = Object.values(host.hostKeys).map(({ line }) => line);
  for (const user of users)
    for (const name of keyNames.filter((key) => key !== "stranger")) {
      const { client, hostKey } = await signIn(host, host.keys[name], user);
      expect(await over(client, "whoami")).toBe(`${user}\n`);
      expect(lines).toContain(hostKey);
      client.end();
    }
  await expect(signIn(host, host.keys.stranger)).rejects.toThrow();
});

test("deploy is root by sudo only", async () => {
  expect(await host.exec(["sudo", "-n", "id", "-u"], { user: "deploy" })).toBe("0\n");
  expect((await host.tryExec(["docker", "ps"], { user: "deploy" })).stderr).toContain("permission denied");
});

test("a port where nobody listens refuses", async () => {
  expect(await knock(8_042)).toBe("ECONNREFUSED");
  expect(await knock(22)).toBe("open");
});

const SERVER = `
import http.server, os, sys
class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ.get("WORD", "hello").encode())
print("listening", flush=True)
http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Hello).serve_forever()
`;

const DOCKERFILE = `
FROM landfall-test/python
COPY server.py .
RUN python -c "print('built')" && pip --version
STOPSIGNAL SIGKILL
ENTRYPOINT ["python", "server.py"]
`;

const build = `
mkdir -p /opt/hello && cd /opt/hello
printf '%s' "$1" >server.py && printf '%s' "$2" >Dockerfile
docker build --tag hello .`;

test("builds and runs images", async () => {
  expect(await host.script(build, [SERVER, DOCKERFILE])).toContain("built");
  const run = ["docker", "run", "--detach", "--restart", "unless-stopped", "--volume", "kept:/kept", "--memory", "64m"];
  await host.exec([...run, "--publish", "8000:80", "hello", "80"]);
  await expect.poll(() => answerAt(8_000)).toBe("hello");
});

test("its registry asks who one is, and gives back what it was given", async () => {
  const { address, username, password } = host.registry;
  const image = `${address}/team/box:1`;
  await host.exec(["docker", "tag", "landfall-test/busybox", image]);
  expect((await host.tryExec(["docker", "push", image])).stderr).toContain("no basic auth credentials");
  await host.exec(["docker", "login", "--username", username, "--password-stdin", address], { stdin: password });
  await host.exec(["docker", "push", image]);
  await host.exec(["docker", "image", "rm", image]);
  expect(await host.exec(["docker", "run", "--rm", image, "echo", "pulled"])).toBe("pulled\n");
  await host.exec(["docker", "logout", address]);
  expect((await host.tryExec(["docker", "pull", image])).exitCode).not.toBe(0);
});

const UNIT = `
[Service]
User=deploy
Environment=WORD=unit
WorkingDirectory=/opt/unit
ExecStart=/usr/bin/python3 server.py 8001
Restart=always
MemoryMax=128M
CPUQuota=100%
TasksMax=50
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=/opt/unit
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallFilter=@system-service
[Install]
WantedBy=multi-user.target
`;

const enableUnit = `
mkdir -p /opt/unit && printf '%s' "$1" >/opt/unit/server.py
printf '%s' "$2" >/etc/systemd/system/hello.service
systemd-analyze verify hello.service
systemctl enable --now hello.service`;

const insideUnit = (command: string) =>
  host.script(`nsenter --mount --target "$(systemctl show --property MainPID --value hello.service)" sh -c "$1"`, [
    command,
  ]);

test("runs units in their sandbox", async () => {
  await host.script(enableUnit, [SERVER, UNIT]);
  await expect.poll(() => answerAt(8_001)).toBe("unit");
  expect(await host.exec(["journalctl", "--unit", "hello", "--output", "cat"])).toContain("listening");
  await host.exec(["touch", "/tmp/outside"]);
  expect(await insideUnit("ls /tmp")).toBe("");
  await expect(insideUnit("touch /etc/x")).rejects.toThrow("Read-only");
  await insideUnit("touch /opt/unit/x");
  const limit = ["systemctl", "show", "--property", "MemoryMax", "--property", "MainPID", "--value", "hello"];
  expect((await host.exec(limit)).split("\n")).toContain(String(128 * 1024 * 1024));
});

test("a unit that takes more memory than it may is killed", async () => {
  const hungry = ["systemd-run", "--wait", "--quiet", "-p", "MemoryMax=32M", "-p", "MemorySwapMax=0"];
  const { exitCode } = await host.tryExec([...hungry, "python3", "-c", "bytearray(200_000_000)"]);
  expect(exitCode).not.toBe(0);
});

/** The unit and the container of the tests before. */
for (const suddenly of [false, true])
  test(`${suddenly ? "loses its power" : "reboots"} and comes back with its files, units, containers and volumes`, async () => {
    await host.script("echo kept >/var/lib/docker/volumes/kept/_data/file; echo kept >/opt/file; logger before-reboot");
    await host.exec(["sync"]);
    const { client } = await signIn(host, host.keys.ed25519);
    const lost = new Promise<void>((resolve) => client.once("close", () => resolve()));
    await host.faults.reboot({ suddenly });
    client.destroy();
    await lost;

    await expect.poll(() => answerAt(8_000)).toBe("hello");
    await expect.poll(() => answerAt(8_001)).toBe("unit");
    expect(await host.exec(["cat", "/var/lib/docker/volumes/kept/_data/file", "/opt/file"])).toBe("kept\nkept\n");
    expect(await host.exec(["journalctl", "--boot", "-1", "--output", "cat"])).toContain("before-reboot");
    const again = await signIn(host, host.keys.ed25519);
    expect(Object.values(host.hostKeys).map(({ line }) => line)).toContain(again.hostKey);
    again.client.end();
  });

test("its own Caddy can be run beside the packaged one, which is off", async () => {
  await host.script(`
    systemctl is-active caddy.service && exit 1
    mkdir -p /opt/edge
    echo '{"admin": {"listen": "unix//opt/edge/admin.sock", "origins": ["edge"]}}' >/opt/edge/caddy.json
    systemd-run --quiet --unit edge caddy run --config /opt/edge/caddy.json`);
  await host.script("for _ in $(seq 100); do [ -S /opt/edge/admin.sock ] && exit; sleep 0.05; done; exit 1");
  const server = { listen: [":8002"], routes: [{ handle: [{ handler: "static_response", body: "edge" }] }] };
  const ask = ["curl", "--silent", "--show-error", "--fail", "--unix-socket", "/opt/edge/admin.sock"];
  await host.exec([...ask, "--json", "@-", "http://edge/config/apps"], {
    stdin: JSON.stringify({ http: { servers: { edge: server } } }),
  });
  await expect.poll(() => answerAt(8_002)).toBe("edge");
});

test("a reset takes away all that tests put there", async () => {
  await host.script(`
    useradd --system someone
    docker run --detach --name left landfall-test/busybox sleep 1000
    docker volume create left; docker network create left
    systemd-run --quiet --unit left sleep 1000
    mkdir -p /srv/left /etc/landfall /home/deploy/left
    setsid sleep 1001 >/dev/null 2>&1 </dev/null &`);
  await host.reset();
  const left = await host.script(`
    getent passwd someone || true
    docker ps --all --quiet; docker volume ls --quiet; docker network ls --quiet --filter name=left
    docker images --format '{{.Repository}}' | grep -v '^landfall-test/' || true
    systemctl list-units --no-legend --all left.service hello.service edge.service
    ls /srv /opt /home/deploy; ls -d /etc/landfall 2>/dev/null || true`);
  expect(left.split(/\s+/).filter(Boolean)).toEqual(["/home/deploy:", "/opt:", "/srv:"]);
  expect(await host.exec(["docker", "images", "--format", "{{.Repository}}"])).toContain("landfall-test/python");
});
