#!/bin/bash
# The image's health check, by the container's role: a web server must answer well, a worker must have written its
# heartbeat to the database within the last seconds. A one-time command is healthy while it runs. Not in Node.js: Docker
# runs it often, and each start of Node.js would take processor time from the console.
readonly HEARTBEAT_SECONDS=15

answers() {
  exec 3<>"/dev/tcp/127.0.0.1/${PORT:-3000}" || return
  printf 'GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  read -r -t 8 _ status _ <&3 && [ "$status" = 200 ]
}

has_heartbeat() {
  local written
  written=$(stat --format=%Y "$LANDFALL_HEARTBEAT_FILE") && ((EPOCHSECONDS - written <= HEARTBEAT_SECONDS))
}

# The command of process 1; Next replaces its own process title.
mapfile -d '' -t running </proc/1/cmdline
case " ${running[*]} " in
  *next-server* | *server.js* | *" web "*) answers ;;
  *worker*) has_heartbeat ;;
esac
