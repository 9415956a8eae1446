import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import units from "./units.sh" with { type: "text" };
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

/** $1 is the folder of units, $2 the command of the one that there is; it runs until it has ended. */
const ONE_UNIT = `
systemctl() {
  case $* in
    *MainPID*) echo "$main" ;;
    *) if kill -0 "$main" 2>/dev/null; then echo running; else echo exited; fi ;;
  esac
}
touch "$1/unit"
sh -c "$2" >>"$1/output" &
main=$!
set -- follow-command unit "$1/output" 10
`;

function follow(command: string): { printed: string; left: string } {
  const folder = mkdtempSync(join(tmpdir(), "landfall-units-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = ONE_UNIT + units.replaceAll("/run/systemd/system", folder);
  const printed = execFileSync("sh", ["-c", script, "sh", folder, command]).toString();
  return { printed, left: readFileSync(join(folder, "output"), "utf8") };
}

test("the output of a command is printed from its beginning, and its file does not grow past its limit", () => {
  expect(follow("echo one; sleep 0.3; echo two")).toEqual({ printed: "one\ntwo\n", left: "one\ntwo\n" });
  const { printed, left } = follow("echo one; echo two; sleep 0.2; echo three; sleep 1.5; echo four");
  expect(printed).toBe("one\ntwo\nthree\nfour\n");
  expect(left).toBe("four\n");
});
