// Runs the commands of tests on this server, several at a time. Each line of the input is a command as JSON; each line of
// the output is the result of one. The program exits when its input has ended and no command is running.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const asUser = (user) => ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "--"];

function run({ id, args, user, stdin, timeoutMs }) {
  const [program, ...rest] = user === "root" ? args : [...asUser(user), ...args];
  const home = user === "root" ? "/root" : `/home/${user}`;
  const env = { PATH, HOME: home };
  const child = spawn(program, rest, { cwd: home, env, detached: true, timeout: timeoutMs, killSignal: "SIGKILL" });
  const out = [];
  const err = [];
  const answer = (exitCode) => {
    const ended = { exitCode, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
    process.stdout.write(`${JSON.stringify({ id, ...ended })}\n`);
  };
  child.stdout.on("data", (chunk) => out.push(chunk));
  child.stderr.on("data", (chunk) => err.push(chunk));
  child.once("close", answer);
  child.once("error", (error) => {
    err.push(Buffer.from(error.message));
    child.off("close", answer);
    answer(127);
  });
  child.stdin.on("error", () => {}); // it ended without reading
  child.stdin.end(Buffer.from(stdin, "base64"));
}

for await (const line of createInterface({ input: process.stdin })) run(JSON.parse(line));
