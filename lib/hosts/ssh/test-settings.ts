import { readFileSync } from "node:fs";
import type { KeyName, UserName } from "@/e2e/hosts/facts";
import type { TestHost } from "@/e2e/hosts/test-host";
import type { SshSettings } from "./settings";

interface Choice {
  user?: UserName;
  key?: KeyName;
}

/** How to sign in to a test host. */
export function settingsFor(host: TestHost, { user = "root", key = "ed25519" }: Choice = {}): SshSettings {
  const { file, passphrase } = host.keys[key];
  return {
    host: host.address,
    port: host.port,
    user,
    hostKey: host.hostKeys.ed25519.line,
    key: { privateKey: readFileSync(file, "utf8"), passphrase },
  };
}
