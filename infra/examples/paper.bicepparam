// The paper broker and nothing that costs: the defaults.
//   az deployment sub create --name autotrader --location eastus2 --parameters infra/examples/paper.bicepparam
using '../main.bicep'

param environmentName = 'autotrader'
param location = 'eastus2'
