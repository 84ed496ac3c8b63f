#!/usr/bin/env bash
# Production: build the release of this checkout, then backup, migrations, blue-green switch, watch, automatic way back.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export APP_ENV=production
version="${VERSION:-production-v$(date -u +%Y.%m.%d)-$(git rev-parse --short=10 HEAD)}"
commit="$(git rev-parse HEAD)"
deployer=(node ${APP_ENV_FILE:+--env-file="$APP_ENV_FILE"} dist/ops/cli.js)
"${deployer[@]}" prepare --version "$version" --commit "$commit"
exec "${deployer[@]}" deploy --version "$version" --commit "$commit" "$@"
