#!/usr/bin/env bash
# Brings a release out on this host. Arguments go to the deployer: ops/bin/deploy.sh --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec node ${APP_ENV_FILE:+--env-file="$APP_ENV_FILE"} dist/ops/cli.js deploy "$@"
