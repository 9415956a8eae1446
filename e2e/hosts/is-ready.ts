import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostName } from "./facts";
import { containerOf } from "./fleet";
import { runCommand, succeeds } from "./run-command.mjs";

/** Four hosts boot concurrently on two processors, which may be busy with other work. */
const READY_WITHIN_MS = 240_000;
const EVERY_MS = 1_000;

/** Resolves once systemd has started everything and sshd answers. */
export async function isReady(name: HostName, address: string): Promise<void> {
  for (const until = Date.now() + READY_WITHIN_MS; Date.now() < until; await sleep(EVERY_MS))
    if ((await isBooted(name)) && (await greets(address))) return;
  const failed = await runCommand(["docker", "exec", containerOf(name), "systemctl", "--failed", "--no-legend"]);
  throw new Error(`${name} is not ready after ${READY_WITHIN_MS / 1_000} s: ${failed || "nothing failed there"}`);
}

/** systemd reports the moment itself: polling would take the processors from the booting hosts. */
function isBooted(name: HostName): Promise<boolean> {
  const isUp = "systemctl is-system-running --wait | grep -qE 'running|degraded' && systemctl is-active --quiet docker";
  return succeeds(["docker", "exec", containerOf(name), "sh", "-c", isUp]);
}

function greets(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(22, address).setTimeout(1_000);
    const answer = (good: boolean) => {
      socket.destroy();
      resolve(good);
    };
    socket.once("data", (data) => answer(data.toString().startsWith("SSH-")));
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => answer(false));
  });
}
