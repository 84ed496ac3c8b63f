#!/usr/bin/env bash
# docker_backup.sh [all|postgres|redis|uploads] [options]: a backup with its proof. See the runbook.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
export PATH="$root/node_modules/.bin:$PATH"
exec node --enable-source-maps "$root/dist/ops/cli.js" backup "$@"
