#!/bin/sh
# Starts a command that outlives its caller and prints its process id. Arguments: log file, its folder, the command.
# The inner shell prints its id once it has a session of its own (before, the guard's end would end it too) and then
# becomes the command. The outer shell reads that id until the inner one's output is the log.
log=$1 folder=$2
shift 2
mkdir -p -- "$folder" && (umask 077 && : >>"$log") || exit 1
command -v -- "$1" >/dev/null || { echo "no $1" >&2; exit 1; }
# shellcheck disable=SC2016 # The inner shell expands it.
id=$(setsid -f sh -c 'echo "$$"; log=$1; shift; exec "$@" </dev/null >>"$log" 2>&1' sh "$log" "$@")
echo "$id"
