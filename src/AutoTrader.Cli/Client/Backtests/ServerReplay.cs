using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Rehearsals;
using AutoTrader.Backtesting.Verification;
using AutoTrader.Brokers.Paper;

namespace AutoTrader.Cli.Client.Backtests;

/// <summary>What commands and tools share to replay on this machine what a server has stored, and what it did. They only look.</summary>
internal static class ServerReplay
{
    private const string Paper = "paper";

    /// <summary>Plays the stored strategies and schedules on a recorded day.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="settings">On which day.</param>
    /// <param name="open">Makes the prices ready that are needed.</param>
    /// <param name="progress">Told on the way.</param>
    /// <exception cref="CommandException">The settings, the day or the data cannot be used.</exception>
    public static async Task<RehearsalResult> RehearseAsync(
        Caller caller,
        RehearsalSettings settings,
        Func<PriceNeed, Task<PastPrices>> open,
        IProgress<RehearsalProgress>? progress
    )
    {
        Check(new() { InitialCash = settings.Cash ?? 0, Fill = settings.Fill });
        var stored = await StoredOnServer.ReadAsync(caller);
        return await RunAsync(
            async () =>
            {
                using var prices = await open(PriceNeed.Of(stored, settings.Day, settings.Day));
                var playing = settings with { Market = prices.Market };
                var result = await Rehearsal.RunAsync(stored, playing, RehearsedApp.PlayAsync, progress, caller.Cancellation);
                return result with { Remarks = [.. prices.Remarks, .. result.Remarks] };
            },
            "REHEARSAL_FAILED"
        );
    }

    /// <summary>Holds past days of the server against the backtest of the same days.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="settings">Which days.</param>
    /// <param name="open">Makes the prices ready that are needed.</param>
    /// <param name="isGiven">Whether somebody said what fills cost. Where nobody did, those of the paper broker cost nothing: that is what
    /// it takes unless it is set otherwise, and what it is set to its API does not tell.</param>
    /// <param name="name">What the first day is called where it is given.</param>
    /// <param name="progress">Is told after each session.</param>
    /// <exception cref="CommandException">The settings, the days or the data cannot be used.</exception>
    public static async Task<VerificationResult> VerifyAsync(
        Caller caller,
        VerificationSettings settings,
        Func<PriceNeed, Task<PastPrices>> open,
        bool isGiven,
        string name,
        IProgress<BacktestProgress>? progress
    )
    {
        if (settings.To < settings.From)
        {
            throw new CommandException(ExitCode.Usage, $"{name}: the first day is after the last.");
        }

        Check(new() { Fill = settings.Fill });
        HistoryOnServer.RequireLogged(name, settings.From, (await caller.EngineAsync()).Now);
        var stored = await StoredOnServer.ReadAsync(caller);
        var history = await HistoryOnServer.ReadAsync(caller, stored, settings.From);
        var costing = stored.Account == Paper && !isGiven ? settings with { Fill = new() } : settings;
        return await RunAsync(
            async () =>
            {
                using var prices = await open(PriceNeed.Of(stored, settings.From, settings.To));
                var playing = costing with { Market = prices.Market };
                var result = await LiveVerification.RunAsync(stored, history, playing, progress, caller.Cancellation);
                return result with { Remarks = [.. prices.Remarks, .. result.Remarks] };
            },
            "VERIFICATION_FAILED"
        );
    }

    private static void Check(PaperOptions options)
    {
        if (options.Problem() is { } problem)
        {
            throw new CommandException(ExitCode.Usage, problem);
        }
    }

    // Beside the caller, who goes on listening for Ctrl+C and other calls.
    private static async Task<T> RunAsync<T>(Func<Task<T>> replay, string code)
    {
        try
        {
            return await Task.Run(replay, CancellationToken.None);
        }
        catch (BacktestRefusedException refused)
        {
            throw new CommandException(ExitCode.Failed, refused.Message) { ProblemCode = code };
        }
    }
}
