#!/bin/sh
# Runs relay.py, given as the first argument, with the other arguments. Prints "missing" where there is no Python.
script=$1
shift
for python in python3 /usr/libexec/platform-python; do
  command -v "$python" >/dev/null && exec "$python" -c "$script" "$@"
done
echo missing
