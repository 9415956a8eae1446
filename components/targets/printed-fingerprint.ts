/** Where OpenSSH keeps its host keys, by their types' names. */
const FILES: readonly [RegExp, string][] = [
  [/ed25519/, "ed25519"],
  [/^ecdsa/, "ecdsa"],
  [/rsa/, "rsa"],
];

/** What prints the fingerprint of that key on the server itself. */
export function commandThatPrints(keyType: string): string {
  const name = FILES.find(([type]) => type.test(keyType))?.[1] ?? "ed25519";
  return `ssh-keygen -lf /etc/ssh/ssh_host_${name}_key.pub`;
}

/** Whether that, or the fingerprint alone, is what was pasted. */
export function isPrinted(text: string, fingerprint: string): boolean {
  return text.trim().split(/\s+/).includes(fingerprint);
}
