using AutoTrader.Cli;

return await TraderCli.RunAsync(args, Terminal.OfProcess());
