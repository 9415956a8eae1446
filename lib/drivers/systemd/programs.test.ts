import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import users from "./users.sh" with { type: "text" };

/** Simulates a host with one user, of the service `shop`. */
const HOST = `
id() { [ "$2" = landfall-a-customers-sh-12345678 ]; }
getent() { printf '%s:x:990:990:Landfall service a-customers-shop:/nonexistent:/usr/sbin/nologin\\n' "$2"; }
flock() { shift 1; echo "made: $*"; }
`;

function ensure(user: string, purpose: string): string {
  const script = `(${HOST}${users}\nensure_user "$1" "$2") 2>&1 || :`;
  return execFileSync("sh", ["-c", script, "sh", user, purpose]).toString().trim();
}

test("a user of the same name that is another service's is not taken", () => {
  const user = "landfall-a-customers-sh-12345678";
  expect(ensure(user, "Landfall service a-customers-shop")).toBe("");
  expect(ensure(user, "Landfall service a-customers-sh0pping")).toBe(`the user ${user} is not this service's own`);
  expect(ensure("landfall-web-12345679", "Landfall service web")).toMatch(/^made: useradd .*landfall-web-12345679$/);
  expect(ensure("postgres", "")).toBe("");
});
