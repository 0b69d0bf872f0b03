// Real money. Both interlocks are yours to set: live here, and the number of the account in the environment. Read docs/operations.md first.
//   az deployment sub create --name autotrader --location eastus2 --parameters infra/examples/alpaca-live.bicepparam
using '../main.bicep'

param environmentName = 'autotrader-live'
param location = 'eastus2'
param broker = 'alpaca-live'
param live = false
param liveAccount = readEnvironmentVariable('AUTOTRADER_LIVE_ACCOUNT', '')
param alpacaKeyId = readEnvironmentVariable('ALPACA_API_KEY', '')
param alpacaSecretKey = readEnvironmentVariable('ALPACA_SECRET_KEY', '')
param alpacaLiveKeyId = readEnvironmentVariable('ALPACA_PROD_API_KEY', '')
param alpacaLiveSecretKey = readEnvironmentVariable('ALPACA_PROD_SECRET_KEY', '')
param alwaysReadyInstances = 1
param alertMinutes = 5
param notificationWebhookUrl = readEnvironmentVariable('AUTOTRADER_NOTIFICATION_WEBHOOK_URL', '')
param heartbeatUrl = readEnvironmentVariable('AUTOTRADER_HEARTBEAT_URL', '')
param alertEmail = readEnvironmentVariable('AUTOTRADER_ALERT_EMAIL', '')
