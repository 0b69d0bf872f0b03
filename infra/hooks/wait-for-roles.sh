#!/bin/sh
# The roles of a new identity take a minute or two to spread; until then a deployment is refused with 403. Waits once for each installation.
set -eu
if [ "$(azd env get-value ROLES_HAVE_SPREAD 2>/dev/null || true)" != "$AZURE_FUNCTION_APP_NAME" ]; then
  echo 'Waiting two minutes for the roles of the new identity to spread...'
  sleep 120
  azd env set ROLES_HAVE_SPREAD "$AZURE_FUNCTION_APP_NAME"
fi
