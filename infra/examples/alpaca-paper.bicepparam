// Your paper account at Alpaca, with alerts by mail. The keys come from the environment, under the names that Alpaca's tools use.
//   az deployment sub create --name autotrader --location eastus2 --parameters infra/examples/alpaca-paper.bicepparam
using '../main.bicep'

param environmentName = 'autotrader'
param location = 'eastus2'
param broker = 'alpaca-paper'
param alpacaKeyId = readEnvironmentVariable('ALPACA_API_KEY', '')
param alpacaSecretKey = readEnvironmentVariable('ALPACA_SECRET_KEY', '')
param notificationWebhookUrl = readEnvironmentVariable('AUTOTRADER_NOTIFICATION_WEBHOOK_URL', '')
param heartbeatUrl = readEnvironmentVariable('AUTOTRADER_HEARTBEAT_URL', '')
param alertEmail = readEnvironmentVariable('AUTOTRADER_ALERT_EMAIL', '')
