#!/bin/sh
# Functions for the users of services; the other programs of this folder start with them.

# ensure_user <user> <what it is for> creates a service's own user; without a purpose the user must exist. A user with
# another purpose is not the service's: its name has only a short digest of the service's name, and an attacker can
# search for a name with the same digest.
ensure_user() {
  [ -n "$2" ] || return 0
  if id -u "$1" >/dev/null 2>&1; then
    [ "$(getent passwd "$1" | cut -d: -f5)" = "$2" ] || { echo "the user $1 is not this service's own" >&2; exit 1; }
    return 0
  fi
  # Of several that are created concurrently, all but one would find the list of users locked.
  flock /run/landfall-users.lock useradd --system --user-group --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin --comment "$2" -- "$1"
}

# own <directory> <user> makes a user the owner of a tree; the top directory changes last.
own() { [ "$(stat -c %U -- "$1")" = "$2" ] || chown -hR -- "$2:$(id -gn "$2")" "$1"; }

# remove_shared <user> removes the shared memory and message queues of a user: they belong to the host and outlive its
# units, and the next user may get the same number.
remove_shared() { find /dev/shm /dev/mqueue -xdev -user "$1" -delete 2>/dev/null || :; }
