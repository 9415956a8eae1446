#!/bin/sh
# A hand-written deployment: send the files, build, replace the container, wait until it answers. Arguments: host,
# folder, name of the service, its port, private key, known hosts.
set -eu
host=$1 folder=$2 name=$3 port=$4 key=$5 known_hosts=$6

ssh="ssh -i $key -o UserKnownHostsFile=$known_hosts -o StrictHostKeyChecking=yes -o BatchMode=yes"
rsync --archive --compress --delete --rsh="$ssh" "$folder/" "root@$host:/srv/$name/"
$ssh "root@$host" "
  set -eu
  docker build --quiet --tag $name /srv/$name
  docker rm --force $name >/dev/null 2>&1 || true
  docker run --detach --name $name --restart unless-stopped --publish $port:8000 --env PORT=8000 $name
" >/dev/null
until curl --silent --fail --output /dev/null "http://$host:$port/health"; do sleep 0.05; done
