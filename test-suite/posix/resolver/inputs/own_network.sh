#!/bin/sh
# own_network.sh FILE COMMAND...: COMMAND in a network of its own, where the name server is 127.0.0.1; FILE is its resolv.conf(5).
[ -n "$CORO_OWN_NETWORK" ] || CORO_OWN_NETWORK=1 exec unshare -n -m "$0" "$@"
set -e
conf=$1; shift
printf 'nameserver 127.0.0.1\noptions timeout:2 attempts:3\n' >"$conf"
mount --bind "$conf" /etc/resolv.conf
ip link set lo up
exec "$@"
