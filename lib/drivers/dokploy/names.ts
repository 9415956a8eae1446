/** The server adds seven characters to an application's name, and the swarm takes no name over 63. */
const LONGEST = 56;

/** The part of an application's name that is asked for. */
export function askedAppName(serviceName: string): string {
  return serviceName.slice(0, LONGEST).replace(/-+$/, "");
}
