#!/bin/sh
# Functions about the users of services, which the other programs of this folder begin with.

# ensure_user <user> <what it is for> creates a service's own user; without a purpose the user must exist. A user that
# exists for something else is not the service's: its name has only a short digest of the service's name, and a name with
# the same digest can be searched for.
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

# own <directory> <user> makes a user the owner of a tree, whose top changes last.
own() { [ "$(stat -c %U -- "$1")" = "$2" ] || chown -hR -- "$2:$(id -gn "$2")" "$1"; }

# remove_shared <user> removes what units of a user shared by name with their like: it is the host's and outlives them, and
# the next user may get the same number.
remove_shared() { find /dev/shm /dev/mqueue -xdev -user "$1" -delete 2>/dev/null || :; }
