/**
 * The image's health check, by the container's role: a web server must answer, a worker must have written a heartbeat
 * within the last seconds. A one-time command is healthy while it runs. Plain Node: it runs often.
 */
import { readFileSync } from "node:fs";
import { request } from "node:http";

const WITHIN_MS = 8_000;

/** The command of process 1; Next replaces its own process title. */
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
