using AutoTrader.LocalHost.Hosting;
using AutoTrader.LocalHost.SampleApp;
using Microsoft.Extensions.DependencyInjection.Extensions;

var app = new LocalHostOptions { Assemblies = [typeof(SampleFunctions).Assembly], Folder = Path.Combine(AppContext.BaseDirectory, "app") };
return await LocalHostCommand.RunAsync(args, app, (host, _) => host.Services.TryAddSingleton(TimeProvider.System));
