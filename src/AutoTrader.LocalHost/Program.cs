using AutoTrader.Core.Market;
using AutoTrader.Functions.Hosting;
using AutoTrader.Functions.Observability;
using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.Replay;

var app = new LocalHostOptions
{
    Assemblies = [typeof(Composition).Assembly],
    Folder = AppContext.BaseDirectory,
    IsClosed = instant => !TradingCalendar.Nyse.IsOpen(instant),
    PlainCategory = EngineEventLog.Category,
};
return await LocalHostCommand.RunAsync(args, app, ReplayedApp.Configure);
