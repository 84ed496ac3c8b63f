#!/usr/bin/env bash
# backup_database.sh [options]: the database alone; --plain writes manual_YYYYMMDD_HHMMSS.sql.gz. See the runbook.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
export PATH="$root/node_modules/.bin:$PATH"
exec node --enable-source-maps "$root/dist/ops/cli.js" backup postgres "$@"
