/**
 * The guard: a POSIX sh script that runs one command in a session of its own and ends it, with everything it started,
 * when the one who asked for it is gone. Its standard input is the lease: first the command's own input (its length is
 * an argument), then nothing, held open. Whoever dies (kill -9 included), closes or loses the connection, closes the
 * lease. Locally the lease is a pipe; over SSH it is the channel's input, so nothing here may be local. A cut network
 * closes nothing, so over SSH the lease also runs out when its holder was silent for too long.
 */

/** Exit codes of the guard itself; a command is unlikely to use them, and its own 126 and 127 stay its own. */
export const GUARD_EXIT = { ended: 251, lostInput: 252, noDirectory: 253, noCommand: 254 } as const;

/** How long a command has between TERM and KILL when its lease is gone. */
export const GRACE_MS = 5_000;

const POLL_MS = 50;

const SCRIPT = `
bytes=$1 silence=$2 directory=$3
shift 3
exec 3<&0 </dev/null
if [ -n "$directory" ]; then cd "$directory" || exit ${GUARD_EXIT.noDirectory}; fi
command -v -- "$1" >/dev/null 2>&1 || exit ${GUARD_EXIT.noCommand}
if [ "$bytes" -gt 0 ]; then
  # All of the input is here before the command starts: it never acts on a part. The file has no name any more by then.
  input=$(mktemp) || exit ${GUARD_EXIT.lostInput}
  exec 4>"$input" 5<"$input" 6<"$input"
  rm -f "$input"
  head -c "$bytes" <&3 >&4
  exec 4>&-
  [ "$(wc -c <&6)" -eq "$bytes" ] || exit ${GUARD_EXIT.lostInput}
  exec 6<&-
else
  exec 5</dev/null
fi
setsid -- "$@" <&5 3<&- 5<&- &
command=$!
# From here on the guard says nothing: a shell that reports killed jobs must not mix with the command's output.
exec 5<&- >/dev/null 2>&1
# The dead stay in their group until their new parent has noticed, which can take seconds: they do not count.
alive() {
  kill -0 -"$command" || return
  command -v ps || return 0
  ps -A -o pgid= -o stat= | grep -q "^ *$command  *[^Z ]"
}
closing=
trap 'closing=1' USR1
trap : HUP INT TERM PIPE
lapse() {
  if [ "$silence" -gt 0 ]; then
    while [ -n "$(timeout "$silence" head -c 1)" ]; do :; done
  else
    while read -r _; do :; done
  fi
}
( trap - USR1; lapse; kill -USR1 $$ ) <&3 &
watcher=$!
exec 3<&-
while [ -z "$closing" ]; do
  wait "$command"
  code=$?
  kill -0 "$command" || break
done
if [ -n "$closing" ]; then
  code=${GUARD_EXIT.ended}
  # In its first instant the command has no group yet, hence the plain process id as well.
  kill -TERM -"$command" || kill -TERM "$command"
  polls=0
  while [ "$polls" -lt ${GRACE_MS / POLL_MS} ] && alive; do
    polls=$((polls + 1))
    sleep ${POLL_MS / 1_000}
  done
  kill -KILL "$command"
fi
kill -KILL -"$command"
kill -KILL "$watcher"
exit "$code"
`;

export interface GuardOptions {
  inputBytes: number;
  cwd?: string | undefined;
  /** How long the holder of the lease may be silent; without it, for ever. A visible character keeps the lease. */
  silenceSeconds?: number;
}

/** The command that runs `args` under the guard. The caller writes `inputBytes` of input first and holds the lease. */
export function guarded(args: readonly string[], options: GuardOptions): string[] {
  const { inputBytes, silenceSeconds = 0, cwd = "" } = options;
  return ["/bin/sh", "-c", SCRIPT, "guard", String(inputBytes), String(silenceSeconds), cwd, ...args];
}
