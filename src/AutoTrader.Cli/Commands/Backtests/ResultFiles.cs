using System.CommandLine;
using AutoTrader.Backtesting.Results;
using AutoTrader.Brokers.Market;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>The options that write a result into files beside the answer: drawn, and as CSV.</summary>
internal sealed class ResultFiles
{
    private readonly ChartOptions _chart = new();
    private readonly Option<string?> _csv = new("--csv")
    {
        Description = "Write the executions as CSV; what the account was worth goes beside them, for trades.csv into trades-equity.csv.",
        HelpName = "file",
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Symbol> All => [.. _chart.All, _csv];

    /// <summary>Before anything is run for them.</summary>
    /// <exception cref="CommandException">Nothing can be written to a file.</exception>
    public void Check(Session session)
    {
        _chart.Check(session);
        ChartFile.CheckPlace(session.Get(_csv));
    }

    /// <summary>Writes what was asked for, with the prices that were played.</summary>
    public async Task WriteAsync(Session session, BacktestResult result, CsvMarketOptions prices)
    {
        await _chart.DrawAsync(session, result, prices);
        await WriteCsvAsync(session, result);
    }

    /// <summary>Writes what was asked for, of a kept result whose prices are looked for again.</summary>
    /// <param name="session">The command.</param>
    /// <param name="result">The result.</param>
    /// <param name="files">The folder of prices.</param>
    /// <param name="source">Where prices come from.</param>
    public async Task WriteAsync(Session session, BacktestResult result, string files, SourceOptions source)
    {
        await _chart.DrawAsync(session, result, files, source);
        await WriteCsvAsync(session, result);
    }

    private async Task WriteCsvAsync(Session session, BacktestResult result)
    {
        if (session.Get(_csv) is not { } file)
        {
            return;
        }

        var equity = Path.Combine(
            Path.GetDirectoryName(file) ?? "",
            Path.GetFileNameWithoutExtension(file) + "-equity" + Path.GetExtension(file)
        );
        await File.WriteAllTextAsync(file, ResultCsv.Trades(result), CancellationToken.None);
        await File.WriteAllTextAsync(equity, ResultCsv.Equity(result), CancellationToken.None);
        session.Note($"Written to {file} and {equity}");
    }
}
