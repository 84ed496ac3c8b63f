#!/bin/sh
# Fills the Telegram token and chat into the configuration and becomes Alertmanager. The token never stands in the
# environment or in an argument, where any user of the host could read it.
set -eu
: "${TELEGRAM_CHAT_ID:?TELEGRAM_CHAT_ID is missing: the number of the chat that alerts go to}"
: "${TELEGRAM_BOT_TOKEN_FILE:?TELEGRAM_BOT_TOKEN_FILE is missing: the file that holds the bot token}"
source="${ALERTMANAGER_TEMPLATE:-/etc/alertmanager/alertmanager.yml}"
target="${ALERTMANAGER_CONFIG:-/tmp/alertmanager.yml}"
case "$TELEGRAM_CHAT_ID" in
  '' | *[!0-9-]*) echo "TELEGRAM_CHAT_ID is no number." >&2 && exit 1 ;;
esac
token="$(cat "$TELEGRAM_BOT_TOKEN_FILE")"
case "$token" in
  '' | *[!A-Za-z0-9:_-]*) echo "TELEGRAM_BOT_TOKEN_FILE holds no bot token." >&2 && exit 1 ;;
esac
umask 077
while IFS= read -r line; do
  case "$line" in
    *'bot_token: TELEGRAM_BOT_TOKEN') printf '%sbot_token: %s\n' "${line%%[!\ -]*}" "$token" ;;
    *'chat_id: 1') printf '%schat_id: %s\n' "${line%%[!\ ]*}" "$TELEGRAM_CHAT_ID" ;;
    *) printf '%s\n' "$line" ;;
  esac
done <"$source" >"$target"
exec "${ALERTMANAGER:-/bin/alertmanager}" "--config.file=$target" --storage.path=/alertmanager
