import { readFile } from "node:fs/promises";
import type { TestHost } from "@/e2e/hosts/test-host";
import type { Host } from "@/lib/hosts/host";
import { openSshHost } from "@/lib/hosts/ssh/ssh-host";
import { Secret } from "@/lib/platform/secrets/secret";
import type { HostPlace } from "../driver";
import { baseId } from "../release-layout";

const CLOSE_BASE = `
cd /etc/systemd/system
for unit in $(ls | grep -E -- "^landfall-.*$1.*\\.service$"); do
  systemctl disable --quiet --now "$unit"
  rm -rf "$unit" "$unit.d"
done
systemctl daemon-reload
rm -rf "$2"
`;

/** A test host for a driver's suite: over SSH, signed in as `user`. */
export async function overSsh(testHost: TestHost, user: "root" | "deploy" = "root") {
  const { address, port, hostKeys, keys } = testHost;
  const key = { privateKey: new Secret(await readFile(keys.ed25519.file, "utf8")) };
  const opened: Host[] = [];
  const newHost = () => {
    const host = openSshHost({ host: address, port, user, hostKey: hostKeys.ed25519.line, key });
    opened.push(host);
    return host;
  };
  return {
    newHost,
    makeBase: async () => (await testHost.exec(["mktemp", "--directory", "/opt/landfall-XXXXXXXX"])).trim(),
    /** Units whose name contains the base, and everything in the base. */
    closeBase: async (place: HostPlace) => {
      await testHost.script(CLOSE_BASE, [baseId(place), place.base]);
    },
    close: async () => {
      await Promise.all(opened.splice(0).map((host) => host.close()));
    },
  };
}
