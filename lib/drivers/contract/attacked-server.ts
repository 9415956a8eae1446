import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestHost } from "@/e2e/hosts/test-host";
import type { DeploymentSpec, DriverKind } from "@/lib/contracts/service";
import type { Host } from "@/lib/hosts/host";
import { driverOf } from "../registry";
import { overSsh } from "./over-ssh";
import { TestService } from "./test-service";

/** A key of root's. */
export const KEY = "/opt/landfall-key";

const FURNISH = `
umask 077
echo "web: echo stolen" >"$1"
ip netns add cloud
ip link add cloud-out type veth peer name cloud-in netns cloud
ip address add 169.254.169.253/30 dev cloud-out
ip link set cloud-out up
ip -n cloud address add 169.254.169.254/30 dev cloud-in
ip -n cloud address add 168.63.129.16/32 dev cloud-in
ip -n cloud link set cloud-in up
ip route add 168.63.129.16 dev cloud-out
systemd-run --quiet --unit=metadata ip netns exec cloud python3 -m http.server --directory /usr/share/doc 80
for address in 169.254.169.254 168.63.129.16; do
  curl --silent --output /dev/null --retry 50 --retry-delay 1 --retry-connrefused "http://$address/"
done
`;

const CLEAR = "systemctl stop metadata; ip netns delete cloud; ip link delete cloud-out; rm -f $1";

/** A server with a key of root's and with a cloud's metadata addresses one hop away, and hostile services on it. */
export class AttackedServer {
  readonly testHost: TestHost;
  readonly root: Awaited<ReturnType<typeof overSsh>>;
  readonly host: Host;
  base = "";
  /** The folder of the services' sources. */
  roots = "";

  private constructor(testHost: TestHost, root: AttackedServer["root"]) {
    this.testHost = testHost;
    this.root = root;
    this.host = root.newHost();
  }

  static async on(testHost: TestHost): Promise<AttackedServer> {
    return new AttackedServer(testHost, await overSsh(testHost));
  }

  async open(): Promise<void> {
    this.base = await this.root.makeBase();
    this.roots = await realpath(await mkdtemp(join(tmpdir(), "landfall-sources-")));
    await this.furnish();
  }

  /** A reboot takes the metadata addresses away. */
  async furnish(): Promise<void> {
    await this.testHost.script(FURNISH, [KEY]);
  }

  async close(): Promise<void> {
    await this.testHost.script(`{ ${CLEAR}; } 2>/dev/null || :`, [KEY]);
    await this.root.closeBase(this);
    await this.root.close();
    await rm(this.roots, { recursive: true, force: true });
  }

  /** A service of a folder under `roots`. */
  async aService(
    folder: string,
    spec: Partial<DeploymentSpec> & { driver: DriverKind },
    { name, at = this.base }: { name?: string; at?: string } = {},
  ): Promise<TestService> {
    return new TestService({
      ...(name !== undefined && { name }),
      newDriver: () => driverOf(spec.driver),
      newPlace: () => ({ host: this.host, base: at }),
      sourceRoots: [this.roots],
      spec: { source: { kind: "folder", path: join(this.roots, folder) }, port: await this.host.freePort(), ...spec },
    });
  }

  async answerOf({ spec }: TestService, path = "/") {
    return (await fetch(`http://${this.host.publicHost}:${spec.port}${path}`)).json();
  }
}
