#!/bin/sh
# certbot's deploy hook: makes nginx read the new certificate. A reload loses no connection that TLS would not close anyway;
# the switch of a deployment never reloads.
set -eu
if command -v docker >/dev/null && docker inspect tsh_nginx >/dev/null 2>&1; then
  docker exec tsh_nginx nginx -c /etc/nginx/tsh/nginx.conf -t
  docker exec tsh_nginx nginx -c /etc/nginx/tsh/nginx.conf -s reload
else
  nginx -t
  systemctl reload nginx
fi
