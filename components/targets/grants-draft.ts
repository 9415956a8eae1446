import type { Audience, GrantsView } from "@/lib/contracts/grants";
import type { DriverKind } from "@/lib/contracts/service";
import type { TargetKind } from "@/lib/contracts/target";

/** Grants as they are typed: names with spaces or commas in between, a folder a line. */
export interface GrantsDraft {
  audience: Audience;
  people: string[];
  drivers: DriverKind[];
  networks: string;
  users: string;
  registries: string[];
  sourceRoots: string;
  ports: string;
}

export function grantsDraft({ people, networks, users, sourceRoots, ports, ...rest }: GrantsView): GrantsDraft {
  return {
    ...rest,
    people: people.map(({ id }) => id),
    networks: networks.join(" "),
    users: users.join(" "),
    sourceRoots: sourceRoots.join("\n"),
    ports: ports.join(" "),
  };
}

/** What a platform has none of is not sent: there, members use templates. */
export function grantsBody({ audience, people, ...choices }: GrantsDraft, kind: TargetKind): Record<string, unknown> {
  if (kind === "dokploy") return { audience, people };
  const { drivers, networks, users, registries, sourceRoots, ports } = choices;
  return {
    audience,
    people,
    drivers: drivers.filter((driver) => driver !== "dokploy"),
    networks: words(networks),
    users: words(users),
    registries,
    sourceRoots: sourceRoots.split("\n").flatMap((line) => line.trim() || []),
    // What is no number is sent as it is, and refused with its field.
    ports: words(ports).map((word) => (/^\d+$/.test(word) ? Number(word) : word)),
  };
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}
