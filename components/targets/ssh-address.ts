/** `deploy@10.0.0.4:22`; an IPv6 address in brackets, as everywhere a port follows. */
export function sshAddress({ host, port, user }: { host: string; port: number; user: string }): string {
  return `${user}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}
