import { expect, test } from "vitest";
import { Grants } from "@/lib/contracts/grants";
import { grantsBody, grantsDraft } from "./grants-draft";

const ANA = { id: "019a8f3e-2c44-7d10-9d3c-5b7f0a1e6c21", name: "ana" };
const granted = Grants.parse({
  audience: "people",
  networks: ["db", "cache"],
  sourceRoots: ["/srv/my apps", "/srv/b"],
  ports: [80, 443],
});
const draft = grantsDraft({ ...granted, people: [ANA] });

test("what is granted comes back as it was, without the driver that hosts do not have", () => {
  const body = grantsBody(draft, "ssh");
  expect(body).toEqual({ ...granted, people: [ANA.id], drivers: ["process", "docker", "systemd"] });
});

test("names are typed with spaces or commas in between, folders a line each", () => {
  const typed = {
    ...draft,
    networks: " db,  cache\n",
    users: "www-data , deploy",
    sourceRoots: "\n /srv/my apps \n",
    ports: "80, x",
  };
  expect(grantsBody(typed, "local")).toMatchObject({
    networks: ["db", "cache"],
    users: ["www-data", "deploy"],
    sourceRoots: ["/srv/my apps"],
    ports: [80, "x"],
  });
});

test("on a platform only who may is decided", () => {
  expect(grantsBody(draft, "dokploy")).toEqual({ audience: "people", people: [ANA.id] });
});
