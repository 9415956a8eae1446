/**
 * The image's health check, by what the container is: a web server must answer, a worker must have said within the last
 * seconds that it is alive. What was started to do something once is well while it runs. Plain Node: it runs often.
 */
import { readFileSync } from "node:fs";
import { request } from "node:http";

const WITHIN_MS = 8_000;

/** What process 1 runs, or was told to run; Next gives itself a name of its own. */
const running = readFileSync("/proc/1/cmdline", "utf8");
const CHECKS = [
  { name: /next-server|server\.js|\0web\0/, isWell: answers },
  { name: /worker/, isWell: async () => (await import("./dist/worker-health.mjs")).isWorkerAlive() },
];

/** @returns {Promise<boolean>} */
function answers() {
  return new Promise((resolve) => {
    const port = Number(process.env.PORT || 3000);
    const asked = request({ host: "127.0.0.1", port, path: "/api/health", timeout: WITHIN_MS }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once("timeout", () => asked.destroy());
    asked.once("error", () => resolve(false));
    asked.end();
  });
}

const check = CHECKS.find(({ name }) => name.test(running));
process.exit(!check || (await check.isWell()) ? 0 : 1);
