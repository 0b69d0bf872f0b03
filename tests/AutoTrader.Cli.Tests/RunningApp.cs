using AutoTrader.Functions.Testing;

namespace AutoTrader.Cli.Tests;

/// <summary>One app for all tests of a class: a strategy that has traded, one that waits, and a schedule. Tests leave each other alone
/// by using names of their own.</summary>
public sealed class RunningApp : IAsyncLifetime
{
    private TestApp? _app;

    internal TestApp App => _app!;

    internal Trader Trader => new(App.Address);

    public async ValueTask InitializeAsync()
    {
        _app = await TestApp.StartAsync();
        await App.CreateAsync("""{"id":"acme","symbol":"ACME","strategy_type":"trailing_stop","trailing_stop_pct":"2","quantity":5}""");
        await App.CreateAsync("""{"id":"quiet","symbol":"BOLT","strategy_type":"bracket","entry_price":"10","quantity":5}""");
        await App.PostAsync(
            "schedules",
            """
            {"id":"summary","name":"daily summary","task_type":"notify","schedule_cron":"0 17 * * 1-5","task_data":{"message":"hello"}}
            """
        );
        await App.MinutesAsync(4);
    }

    public async ValueTask DisposeAsync() => await App.DisposeAsync();
}
