/* Real failures of servers. `TestHost.reset` reverts all of them, also after a test that died. */
import { hangUp } from "./command-line";
import type { HostFacts, KeyName } from "./facts";
import { containerOf } from "./fleet";
import { readHostKeys } from "./keys";
import { runCommand } from "./run-command.mjs";
import type { TestHost } from "./test-host";

const DROP_FOR_SECONDS = 60;

export class Faults {
  readonly #host: TestHost;

  constructor(host: TestHost) {
    this.#host = host;
  }

  /** As an upgrade does: new connections reach a new sshd, and Debian keeps open ones alive (see `cutConnections`). */
  async restartSshd(): Promise<void> {
    await this.#host.exec(["systemctl", "restart", "ssh.service"]);
  }

  /** Ends every open SSH connection, with its foreground processes; new ones are accepted. */
  async cutConnections(): Promise<void> {
    await this.#host.script(`
      main=$(systemctl show --property MainPID --value ssh.service)
      pgrep -x sshd | grep -vx "$main" | xargs --no-run-if-empty kill -KILL || true`);
  }

  /**
   * Packets are dropped silently in both directions, for open connections too: all packets, or those of these TCP
   * ports. Ends automatically, whatever happens to the test.
   */
  async dropNetwork({ ports = [], seconds = DROP_FOR_SECONDS }: { ports?: number[]; seconds?: number } = {}) {
    await this.#host.script(DROP, [String(seconds), ...ports.map(String)]);
  }

  async restoreNetwork(): Promise<void> {
    await this.#host.exec(["reset-host", "network"]);
  }

  async stopDockerd(): Promise<void> {
    await this.#host.exec(["systemctl", "stop", "docker.socket", "docker.service", "containerd.service"]);
  }

  async startDockerd(): Promise<void> {
    await this.#host.exec(["systemctl", "start", "containerd.service", "docker.socket", "docker.service"]);
  }

  /** Its containers stop, and those with a restart policy start again. */
  async restartDockerd(): Promise<void> {
    await this.#host.exec(["systemctl", "restart", "docker.service"]);
  }

  /**
   * Mounts a separate disk at this directory, with its current content and `freeMiB` left. If Docker keeps its data
   * there, Docker is restarted on it.
   */
  async fillDisk(path: string, { freeMiB = 0 }: { freeMiB?: number } = {}): Promise<void> {
    await this.#host.script(FILL, [path, String(freeMiB)]);
  }

  /** Frees 1 GiB on that disk, which stays until the host is reset or reboots. */
  async freeDisk(path: string): Promise<void> {
    await this.#host.script(RESIZE, [path, "1024"]);
  }

  /** An unrelated service listens there. It answers every HTTP request with "stranger". */
  async occupyPort(port: number): Promise<void> {
    await this.#host.script(STRANGER, [String(port)]);
  }

  async freePort(port: number): Promise<void> {
    await this.#host.exec(["systemctl", "stop", `test-stranger-${port}.service`]);
  }

  /** As if it had never been installed. A running Caddy keeps running. */
  async removeCaddy(): Promise<void> {
    await this.#host.script("mkdir -p /usr/local/share/taken && mv /usr/bin/caddy /usr/local/share/taken/caddy");
  }

  async restoreCaddy(): Promise<void> {
    await this.#host.exec(["mv", "/usr/local/share/taken/caddy", "/usr/bin/caddy"]);
  }

  /** From outside it looks as if another server answered at this address. Returns its keys. */
  async changeHostKey(): Promise<HostFacts["hostKeys"]> {
    await this.#host.script(`
      mkdir /usr/local/share/taken/host-keys --parents
      mv --no-clobber /etc/ssh/ssh_host_* /usr/local/share/taken/host-keys/
      rm -f /etc/ssh/ssh_host_*
      ssh-keygen -A
      systemctl restart ssh.service`);
    return readHostKeys(this.#host.name);
  }

  async restoreHostKey(): Promise<void> {
    await this.#host.script(`
      mv --force /usr/local/share/taken/host-keys/* /etc/ssh/
      rmdir /usr/local/share/taken/host-keys
      systemctl restart ssh.service`);
  }

  /** No user can sign in with it any more. */
  async revokeKey(key: KeyName): Promise<void> {
    await this.#host.authorizeKeys([key]);
  }

  async restoreKeys(): Promise<void> {
    await this.#host.authorizeKeys();
  }

  /** Shuts down and boots; `suddenly` skips the shutdown. Disks keep their content, memory does not. */
  async reboot({ suddenly = false }: { suddenly?: boolean } = {}): Promise<void> {
    const container = containerOf(this.#host.name);
    hangUp(this.#host.name);
    await runCommand(["docker", suddenly ? "kill" : "stop", container]);
    await this.powerOn();
  }

  /** Power off, as if unplugged; `powerOn` boots it. */
  async powerOff(): Promise<void> {
    hangUp(this.#host.name);
    await runCommand(["docker", "kill", containerOf(this.#host.name)]);
  }

  async powerOn(): Promise<void> {
    await runCommand(["docker", "start", containerOf(this.#host.name)]);
    await this.#host.isReady();
  }
}

/** Before any other rule; the host's own connections to itself are not affected. */
const DROP = `
seconds=$1; shift
reset-host network || true
for rule in raw:PREROUTING:-i:--dport mangle:POSTROUTING:-o:--sport; do
  IFS=: read -r table chain way port <<<"$rule"
  iptables -w -t "$table" -N TEST-DROP 2>/dev/null || true
  iptables -w -t "$table" -C "$chain" -j TEST-DROP 2>/dev/null || iptables -w -t "$table" -I "$chain" -j TEST-DROP
  if [ $# = 0 ]; then iptables -w -t "$table" -A TEST-DROP "$way" eth0 -j DROP; fi
  for number in "$@"; do
    iptables -w -t "$table" -A TEST-DROP "$way" eth0 -p tcp "$port" "$number" -j DROP
  done
done
systemd-run --quiet --collect --unit test-restore-network --on-active "$seconds" --timer-property AccuracySec=100ms \
  reset-host network`;

/** The size of a disk in memory: the used space, and this many MiB. */
const RESIZE = `
used=$(df --output=used --block-size=1 "$1" | tail -n 1)
mount -o "remount,size=$((used + $2 * 1048576 + 4096))" "$1"`;

const FILL = `
path=$1 free=$2
mkdir -p "$path"
docker=
case $path/ in /var/lib/docker/*) docker=1; systemctl stop docker.socket docker.service containerd.service ;; esac
new=/run/test-disk
mkdir -p "$new"
mount -t tmpfs -o size=100% test-disk "$new"
cp -a "$path/." "$new/"
mount --move "$new" "$path"
set -- "$path" "$free"
${RESIZE}
if [ "$docker" ]; then systemctl start containerd.service docker.socket docker.service; fi`;

const STRANGER = `
systemd-run --quiet --collect --unit "test-stranger-$1" python3 -c '
import http.server, sys
class Stranger(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"stranger")
http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Stranger).serve_forever()' "$1"
for _ in $(seq 100); do ss -Hltn "sport = :$1" | grep -q . && exit 0; sleep 0.05; done
exit 1`;
