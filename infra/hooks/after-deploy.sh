#!/bin/sh
# Waits until the app is healthy, and says so.
set -eu
azd env set AUTOTRADER_DEPLOYED "$AZURE_FUNCTION_APP_NAME"
exec ./infra/hooks/wait-for-health.sh "$AUTOTRADER_URL"
