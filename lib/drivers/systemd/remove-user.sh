#!/bin/sh
# Removes a service's own user. Arguments: the user, the service's volumes: their files become root's, since a user's
# number may be assigned again. The functions of users.sh come before it.
set -eu
id -u -- "$1" >/dev/null 2>&1 || exit 0
remove_shared "$1"
if [ -d "$2" ]; then chown -hR 0:0 -- "$2"; fi
flock /run/landfall-users.lock userdel -- "$1"
