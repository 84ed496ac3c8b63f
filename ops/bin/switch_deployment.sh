#!/usr/bin/env bash
# Emergency: traffic to the other slot, which must still run. ops/bin/switch_deployment.sh [blue|green]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec node ${APP_ENV_FILE:+--env-file="$APP_ENV_FILE"} dist/ops/cli.js switch "$@"
