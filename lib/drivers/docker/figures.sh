# shellcheck shell=sh
# The functions of control-groups.sh come before it. Arguments: a process and the container that it is in, for each.
# Prints the host's uptime, then a line for each container: its id, CPU nanoseconds, bytes of memory.
uptime
while [ $# -ge 2 ]; do
  figures "$1" "$2" "$2"
  shift 2
done
