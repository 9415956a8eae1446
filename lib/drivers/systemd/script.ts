import { Problem } from "@/lib/contracts/problem";
import type { CommandResult, RunOptions } from "@/lib/hosts/host";
import type { HostPlace } from "../driver";

/** Runs one of unit-scripts.ts on the host. */
export function script(
  { host }: Pick<HostPlace, "host">,
  text: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  return host.run({ args: ["sh", "-c", text, "sh", ...args] }, options);
}

/** The same result. Throws `command-failed` with what the command said. */
export function succeeded(result: CommandResult, command = "systemctl"): CommandResult {
  if (result.exitCode === 0) return result;
  throw new Problem("command-failed", { params: { command }, detail: whatWentWrong(result) });
}

export function whatWentWrong({ exitCode, signal, stderr }: CommandResult): string {
  return stderr.trim() || `it ended with ${signal ?? `exit code ${exitCode}`}`;
}
