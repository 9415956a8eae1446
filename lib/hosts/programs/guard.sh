#!/bin/sh
# Runs one command in a session of its own and ends it, with everything it started, when its caller is gone. The
# standard input is the lease: first the command's own input, then nothing, held open. A caller that dies (kill -9
# included), closes the connection or loses it thereby closes the lease. Locally the lease is a pipe; over SSH it is the
# channel's input, so nothing here may depend on this machine. A cut network closes nothing, so over SSH the lease also
# expires when its holder was silent for too long.
#
# Arguments: bytes of input, seconds of silence after which the lease expires (0: never), seconds between TERM and KILL,
# working directory (empty: the current one), the command. Exit codes of its own: GUARD_EXIT in guard.ts.
bytes=$1 silence=$2 grace=$3 directory=$4
shift 4
exec 3<&0 </dev/null
if [ -n "$directory" ]; then cd "$directory" || exit 253; fi
command -v -- "$1" >/dev/null 2>&1 || exit 254
if [ "$bytes" -gt 0 ]; then
  # All of the input is here before the command starts, so that it never acts on a part. The file has no name by then.
  input=$(mktemp) || exit 252
  # shellcheck disable=SC2094 # One writes all of it before the others read.
  exec 4>"$input" 5<"$input" 6<"$input"
  rm -f "$input"
  head -c "$bytes" <&3 >&4
  exec 4>&-
  [ "$(wc -c <&6)" -eq "$bytes" ] || exit 252
  exec 6<&-
else
  exec 5</dev/null
fi
setsid -- "$@" <&5 3<&- 5<&- &
command=$!
# From here on the guard prints nothing: a shell that reports killed jobs must not mix with the command's output.
exec 5<&- >/dev/null 2>&1
# A dead process stays in its group until its new parent has noticed, which can take seconds: it does not count.
alive() {
  kill -0 -"$command" || return
  command -v ps || return 0
  # shellcheck disable=SC2009 # pgrep is not everywhere, and tells no state.
  ps -A -o pgid= -o stat= | grep -q "^ *$command  *[^Z ]"
}
closing=
trap 'closing=1' USR1
trap : HUP INT TERM PIPE
await_expiry() {
  if [ "$silence" -gt 0 ]; then
    while [ -n "$(timeout "$silence" head -c 1)" ]; do :; done
  else
    while read -r _; do :; done
  fi
}
( trap - USR1; await_expiry; kill -USR1 $$ ) <&3 &
watcher=$!
exec 3<&-
while [ -z "$closing" ]; do
  wait "$command"
  code=$?
  kill -0 "$command" || break
done
if [ -n "$closing" ]; then
  code=251
  # In its first instant the command has no group yet, hence the plain process id as well.
  kill -TERM -"$command" || kill -TERM "$command"
  polls=0
  while [ "$polls" -lt $((grace * 20)) ] && alive; do
    polls=$((polls + 1))
    sleep 0.05
  done
  kill -KILL "$command"
fi
kill -KILL -"$command"
kill -KILL "$watcher"
exit "$code"
