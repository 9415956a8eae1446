import type { Audience, GrantsView } from "@/lib/contracts/grants";
import type { DriverKind } from "@/lib/contracts/service";
import { isPlatformDriver } from "@/lib/contracts/target-kind";

/** Grants as typed: names separated by spaces or commas, one folder per line. */
export interface GrantsValues {
  audience: Audience;
  people: string[];
  drivers: DriverKind[];
  networks: string;
  users: string;
  registries: string[];
  sourceRoots: string;
  ports: string;
}

export function valuesOfGrants({ people, networks, users, sourceRoots, ports, ...rest }: GrantsView): GrantsValues {
  return {
    ...rest,
    people: people.map(({ id }) => id),
    networks: networks.join(" "),
    users: users.join(" "),
    sourceRoots: sourceRoots.join("\n"),
    ports: ports.join(" "),
  };
}

/** Converts to the contract's lists. Only a host has choices to grant: on a platform, members use templates. */
export function prepareGrants({ audience, people, ...choices }: GrantsValues, isHost: boolean) {
  if (!isHost) return { audience, people };
  const { drivers, networks, users, registries, sourceRoots, ports } = choices;
  return {
    audience,
    people,
    drivers: drivers.filter((driver) => !isPlatformDriver(driver)),
    networks: words(networks),
    users: words(users),
    registries,
    sourceRoots: sourceRoots.split("\n"),
    ports: words(ports),
  };
}

function words(text: string): string[] {
  return text.split(/[\s,]+/);
}
