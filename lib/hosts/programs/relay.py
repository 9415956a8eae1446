"""Connects to something on the host that sshd does not reach, or not as the user who signs in, and passes bytes on.

Arguments: the path of a socket, or a host and a port. Prints "connected" or the name of the error, then relays both
directions concurrently: two sides that wait for each other would otherwise wait for ever. It ends when no one reads
its output any more.
"""

import errno
import os
import select
import socket
import sys
import threading


def connect(address):
    if len(address) == 1:
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(address[0])
        return peer
    peer = socket.create_connection((address[0], int(address[1])))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def send(peer):
    for data in iter(lambda: os.read(0, 65536), b""):
        peer.sendall(data)
    peer.shutdown(socket.SHUT_WR)
    listener = select.poll()
    listener.register(1, 0)
    listener.poll()
    os._exit(0)


def receive(peer):
    for data in iter(lambda: peer.recv(65536), b""):
        while data:
            data = data[os.write(1, data) :]


try:
    peer = connect(sys.argv[1:])
except OSError as error:
    print(errno.errorcode.get(error.errno, "EIO"), flush=True)
    sys.exit(1)
print("connected", flush=True)
threading.Thread(target=send, args=(peer,), daemon=True).start()
receive(peer)
