#!/usr/bin/env bash
# Back to the release before, or to one by name: ops/bin/rollback.sh [--to VERSION]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec node ${APP_ENV_FILE:+--env-file="$APP_ENV_FILE"} dist/ops/cli.js rollback "$@"
