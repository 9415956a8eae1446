import { expect, test } from "vitest";
import { bodyOf } from "@/components/forms/contract-values";
import { Grants, GrantsChange } from "@/lib/contracts/grants";
import { type GrantsValues, prepareGrants, valuesOfGrants } from "./grants-values";

const ANA = { id: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21", name: "ana" };
const granted = Grants.parse({
  audience: "people",
  networks: ["db", "cache"],
  sourceRoots: ["/srv/my apps", "/srv/b"],
  ports: [80, 443],
});
const values = valuesOfGrants({ ...granted, people: [ANA] });

/** The body that the form sends. */
function grantsBody(typed: GrantsValues, isHost: boolean) {
  return bodyOf(GrantsChange, prepareGrants(typed, isHost));
}

test("what is granted comes back as it was, without the driver that hosts do not have", () => {
  const body = grantsBody(values, true);
  expect(body).toEqual({ ...granted, people: [ANA.id], drivers: ["process", "docker", "systemd"] });
});

test("names are typed with spaces or commas in between, folders a line each", () => {
  const typed = {
    ...values,
    networks: " db,  cache\n",
    users: "www-data , deploy",
    sourceRoots: "\n /srv/my apps \n",
    ports: "80, x",
  };
  expect(grantsBody(typed, true)).toMatchObject({
    networks: ["db", "cache"],
    users: ["www-data", "deploy"],
    sourceRoots: ["/srv/my apps"],
    ports: [80, "x"],
  });
});

test("on a platform only who may is decided", () => {
  expect(grantsBody(values, false)).toEqual({ audience: "people", people: [ANA.id] });
});
