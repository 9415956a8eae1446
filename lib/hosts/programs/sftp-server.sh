#!/bin/sh
# Becomes the SFTP server of OpenSSH, which distributions keep in different places.
for place in lib/openssh libexec/openssh lib/ssh libexec/ssh lib/sftp libexec/sftp lib/misc libexec/misc libexec lib; do
  server=/usr/$place/sftp-server
  [ -x "$server" ] && exec "$server"
done
exit 127
