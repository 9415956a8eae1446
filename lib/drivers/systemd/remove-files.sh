#!/bin/sh
# Removes a service's files and its own user. Arguments: the service's directory, the user. Prints what is kept: volumes
# with content, whose files become root's, since a user's number may be assigned again. The functions of users.sh come
# before it.
set -eu
directory=$1 user=$2
if [ -n "$(find "$directory/volumes" -mindepth 2 -print -quit 2>/dev/null)" ]; then
  chown -hR 0:0 -- "$directory/volumes"
  find "$directory" -mindepth 1 -maxdepth 1 ! -name volumes -exec rm -rf -- {} +
  echo "$directory/volumes"
else
  rm -rf -- "$directory"
fi
if id -u -- "$user" >/dev/null 2>&1; then
  remove_shared "$user"
  flock /run/landfall-users.lock userdel -- "$user" >&2
fi
