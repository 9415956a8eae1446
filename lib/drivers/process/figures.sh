# shellcheck shell=sh
# Arguments: the processes that releases were started as. Each began a session, of which everything it starts is a part
# (unless that begins another one). Prints the host's uptime, the ticks of a second and the bytes of a page, then a line for
# each process of these sessions: the session, ticks of CPU time with those of the children it has waited for, pages of
# memory.
read -r seconds _ </proc/uptime
echo "$seconds $(getconf CLK_TCK || echo 100) $(getconf PAGESIZE || echo 4096)"
sessions=" $* "
for file in /proc/[0-9]*/stat; do
  set -f
  # It may have ended.
  IFS= read -r line <"$file" || continue
  # The name of a process may contain anything. Numbers follow it.
  # shellcheck disable=SC2086 # These are words.
  set -- ${line##*) }
  [ $# -ge 22 ] || continue
  case $sessions in *" $4 "*) echo "$4 $((${12} + ${13} + ${14} + ${15})) ${22}" ;; esac
done 2>/dev/null
