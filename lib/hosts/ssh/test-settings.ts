import { readFileSync } from "node:fs";
import type { KeyName, UserName } from "@/e2e/hosts/facts";
import type { TestHost } from "@/e2e/hosts/test-host";
import { Secret } from "@/lib/platform/secrets/secret";
import type { SshSettings } from "./settings";

interface Choice {
  user?: UserName;
  key?: KeyName;
}

/** The login for a test host. */
export function settingsFor(host: TestHost, { user = "root", key = "ed25519" }: Choice = {}): SshSettings {
  const { file, passphrase } = host.keys[key];
  return {
    host: host.address,
    port: host.port,
    user,
    hostKey: host.hostKeys.ed25519.line,
    key: {
      privateKey: new Secret(readFileSync(file, "utf8")),
      ...(passphrase && { passphrase: new Secret(passphrase) }),
    },
  };
}

/** The source of a module, in the project's folder, that exports this same host as `host` to another process. */
export function sourceOf({ key, ...rest }: SshSettings): string {
  if (!("privateKey" in key)) throw new Error("only a key can be written down");
  const privateKey = `new Secret(${JSON.stringify(key.privateKey.reveal())})`;
  return `
    import { openSshHost } from "./lib/hosts/ssh/ssh-host";
    import { Secret } from "./lib/platform/secrets/secret";
    const host = openSshHost({ ...${JSON.stringify(rest)}, key: { privateKey: ${privateKey} } });`;
}
