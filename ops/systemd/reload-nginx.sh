#!/bin/sh
# certbot's deploy hook: makes nginx read the new certificate. A reload loses no connection that TLS would not close anyway;
# the switch of a deployment never reloads.
set -eu
configuration="${DEPLOY_PATH:-/opt/tsh_erp}/nginx/nginx.conf"
if command -v docker >/dev/null && docker inspect tsh_nginx >/dev/null 2>&1; then
  docker exec tsh_nginx nginx -c "$configuration" -t
  docker exec tsh_nginx nginx -c "$configuration" -s reload
else
  nginx -t -q -c "$configuration"
  systemctl reload nginx
fi
