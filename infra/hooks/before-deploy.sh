#!/bin/sh
# A deployment ends what runs: not in a session, but for the first one, when nothing runs yet.
set -eu
if [ "$(azd env get-value AUTOTRADER_DEPLOYED 2>/dev/null || true)" = "$AZURE_FUNCTION_APP_NAME" ]; then
  dotnet run --project tools/ExchangeHours
fi
