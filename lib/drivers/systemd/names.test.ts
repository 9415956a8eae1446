import { expect, test } from "vitest";
import { baseId } from "../release-layout";
import { processId } from "../runner";
import { commandUnitName, journalName, ownerOfUnit, ownUser, unitExpression, unitName, unitPattern } from "./names";

const ID = "019aa0c4-7f2e-7c51-9d3e-1b2c3d4e5f60";
const web = { base: "/opt/landfall/services", serviceName: "web" };

test("a unit's name says whose it is", () => {
  const name = unitName(web, ID);
  expect(name).toBe(`landfall-web-${baseId(web)}-${ID}.service`);
  expect(ownerOfUnit(web, name)).toEqual({ serviceName: "web", releaseId: ID });
  const worker = { type: "mail-out", copy: 12 };
  const workers = unitName(web, processId(ID, worker));
  expect(ownerOfUnit(web, workers)).toEqual({ serviceName: "web", releaseId: ID, worker });
  expect(workers).toMatch(new RegExp(unitExpression(web)));
  expect(ownerOfUnit(web, commandUnitName(web, ID, "check"))).toBeNull();
});

test("a service whose name begins with another one's is not mixed up with it", () => {
  const other = { ...web, serviceName: `web-${baseId(web)}` };
  expect(ownerOfUnit(web, unitName(other, ID))).toEqual({ serviceName: other.serviceName, releaseId: ID });
});

test("another base directory's units, the edge and strangers are nobody's", () => {
  expect(ownerOfUnit(web, unitName({ ...web, base: "/srv/other" }, ID))).toBeNull();
  expect(ownerOfUnit(web, `landfall-edge-${baseId(web)}.service`)).toBeNull();
  expect(ownerOfUnit(web, "nginx.service")).toBeNull();
});

test("a pattern holds nothing that a shell would read otherwise", () => {
  expect(unitPattern(web, "web")).toBe(`landfall-web-${baseId(web)}-*.service`);
  expect(unitPattern(web)).toMatch(/^[a-z0-9*.-]+$/);
});

test("every service has a user of its own, with a name that fits", () => {
  const long = { ...web, serviceName: "a".repeat(63) };
  const names = [web, long, { ...long, serviceName: `${"a".repeat(62)}b` }, { ...web, base: "/srv/other" }].map(
    ownUser,
  );
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^landfall-[a-z0-9-]{1,23}$/);
  expect(journalName(web)).not.toBe(journalName({ ...web, base: "/srv/other" }));
});
