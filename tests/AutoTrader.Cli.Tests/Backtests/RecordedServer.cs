using System.Globalization;
using AutoTrader.Core.Market;
using AutoTrader.Testing;

namespace AutoTrader.Cli.Tests.Backtests;

/// <summary>The minutes of files behind Alpaca's interface, for a command that fetches them into a folder of its own.</summary>
internal sealed class RecordedServer : IAsyncDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("trader-data-");
    private readonly HistoryServer _server;

    private RecordedServer(HistoryServer server) => _server = server;

    public IEnumerable<string> Requests => _server.Requests;

    /// <summary>Serves files of the form of the sample market.</summary>
    public static async Task<RecordedServer> StartAsync(string folder, params IEnumerable<string> symbols)
    {
        var server = await HistoryServer.StartAsync();
        server.Bars["1Min"] =
        [
            .. symbols.SelectMany(symbol =>
                File.ReadLines(Path.Combine(folder, symbol + ".csv")).Skip(1).Select(line => BarOf(symbol, line))
            ),
        ];
        return new(server);
    }

    public void Reach(Trader trader)
    {
        trader.Variables["XDG_DATA_HOME"] = _data.FullName;
        foreach (var (name, value) in _server.Variables)
        {
            trader.Variables[name] = value;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private static Bar BarOf(string symbol, string line)
    {
        var cells = line.Split(',');
        var at = DateTime.ParseExact(cells[0], "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return new(
            symbol,
            new(TimeZoneInfo.ConvertTimeToUtc(at, TradingCalendar.Nyse.NewYork), TimeSpan.Zero),
            TimeSpan.FromMinutes(1),
            Price(1),
            Price(2),
            Price(3),
            Price(4),
            long.Parse(cells[5], CultureInfo.InvariantCulture)
        );

        decimal Price(int column) => decimal.Parse(cells[column], CultureInfo.InvariantCulture);
    }
}
