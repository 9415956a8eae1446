import { dirname } from "node:path";
import { Problem } from "@/lib/contracts/problem";
import type { Command } from "../host";
import type { RemoteShell } from "./remote-shell";

/**
 * The inner shell says its id when it has a session of its own (before, the guard's end would be its end too) and then
 * becomes the command. The outer one reads that id until the inner one's output is the log.
 */
const SCRIPT = `
log=$1 folder=$2
shift 2
mkdir -p -- "$folder" && (umask 077 && : >>"$log") || exit 1
command -v -- "$1" >/dev/null || { echo "no $1" >&2; exit 1; }
id=$(setsid -f sh -c 'echo "$$"; log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1' sh "$log" "$@")
echo "$id"
`;

/** See `Host.spawnDetached`. */
export async function spawnDetached(shell: RemoteShell, command: Command, logFile: string): Promise<number> {
  const args = ["sh", "-c", SCRIPT, "sh", logFile, dirname(logFile), ...command.args] as const;
  const { exitCode, stdout, stderr } = await shell.run({ ...command, args });
  const pid = Number(stdout);
  if (exitCode === 0 && pid > 0) return pid;
  throw new Problem("command-failed", { params: { command: command.args[0] }, detail: stderr.trim() });
}
