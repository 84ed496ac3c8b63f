#!/usr/bin/env bash
# docker_restore.sh YYYYMMDD_HHMMSS [all|postgres|redis|uploads] --yes: a restore by time stamp. See the runbook.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
export PATH="$root/node_modules/.bin:$PATH"
exec node --enable-source-maps "$root/dist/ops/cli.js" restore "$@"
