using System.CommandLine;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Rendering;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Commands;

/// <summary>Money, positions, quotes.</summary>
internal static class PortfolioCommands
{
    private const int SymbolsAtOnce = 100;

    public static IEnumerable<Command> Of(TraderCli cli) =>
        [Balance(cli), Positions(cli), Portfolio(cli), Equity(cli), Quote(cli), Scan(cli)];

    /// <summary>Quotes of symbols, with the strategies that trade them.</summary>
    public static async Task QuotesAsync(
        Session session,
        IEnumerable<string> symbols,
        IReadOnlyList<StrategyResource> strategies,
        bool withSpread
    )
    {
        var quotes = new List<QuoteView>();
        foreach (
            var some in symbols
                .Select(symbol => symbol.ToUpperInvariant())
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Chunk(SymbolsAtOnce)
        )
        {
            quotes.AddRange((await session.WaitAsync(session.Api.ListQuotesAsync(string.Join(',', some), session.Cancellation))).Items);
        }

        session.Print(Session.AsJson(new ListView<QuoteView>(quotes, quotes.Count, null)), () =>
            PortfolioViews.Quotes(quotes, strategies, withSpread, session.Terminal.Width)
        );
    }

    private static CliCommand Balance(TraderCli cli) =>
        cli.Command(
            "balance",
            "Cash, equity, and today's profit.",
            async session =>
            {
                var portfolio = await session.WaitAsync(session.Api.GetPortfolioAsync(session.Cancellation));
                session.Print(() => PortfolioViews.Balance(portfolio));
            },
            [],
            "trader balance",
            "trader balance --json | jq -r .total_equity"
        );

    private static CliCommand Positions(TraderCli cli) =>
        cli.Command(
            "positions",
            "Positions by symbol: strategies' and unmanaged shares.",
            async session =>
            {
                var positions = await session.WaitAsync(session.Api.GetPositionsAsync(session.Cancellation));
                session.Print(() => PortfolioViews.Positions(positions.Items, session.Terminal.Width));
            },
            [],
            "trader positions"
        );

    private static CliCommand Portfolio(TraderCli cli) =>
        cli.Command(
            "portfolio",
            "Money and positions together.",
            async session =>
            {
                var portfolio = await session.WaitAsync(session.Api.GetPortfolioAsync(session.Cancellation));
                session.Print(() => PortfolioViews.Portfolio(portfolio, session.Terminal.Width));
            },
            [],
            "trader portfolio"
        );

    private static CliCommand Equity(TraderCli cli)
    {
        var days = WholeNumber.Of(
            "--days",
            "The last so many New York days, including today.",
            "days",
            otherwise: 30,
            least: 1,
            most: 3660
        );
        var fine = new Option<bool>("--samples") { Description = "Every five-minute sample, not only a day's last." };
        return cli.Command(
            "equity",
            "The account's equity, day by day.",
            async session =>
            {
                var curve = await session.WaitAsync(
                    session.Api.GetEquityHistoryAsync(session.Get(days), session.Get(fine) ? "sample" : "day", session.Cancellation)
                );
                session.Print(() => PortfolioViews.Equity(curve.Items, session.Terminal.Width));
            },
            [days, fine],
            "trader equity",
            "trader equity --days 1 --samples"
        );
    }

    private static CliCommand Quote(TraderCli cli)
    {
        var symbol = new Argument<string>("symbol") { Description = "The symbol." };
        return cli.Command(
            "quote",
            "The quote of a symbol.",
            async session =>
            {
                var quote = await session.WaitAsync(session.Api.GetQuoteAsync(session.Get(symbol)!, session.Cancellation));
                session.Print(() => PortfolioViews.Quote(quote));
            },
            [symbol],
            "trader quote AAPL"
        );
    }

    private static CliCommand Scan(TraderCli cli)
    {
        var symbols = new Argument<string[]>("symbols")
        {
            Description = "The symbols. Default: those of all strategies.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        return cli.Command(
            "scan",
            "Bid, ask and spread of several symbols, and the strategies that trade them.",
            async session =>
            {
                var strategies = await session.AllAsync(
                    (limit, cursor) =>
                        session.Api.ListStrategiesAsync(limit: limit, cursor: cursor, cancellationToken: session.Cancellation)
                );
                await QuotesAsync(
                    session,
                    session.Get(symbols) is { Length: > 0 } given ? given : strategies.Select(strategy => strategy.Symbol),
                    strategies,
                    withSpread: true
                );
            },
            [symbols],
            "trader scan",
            "trader scan AAPL MSFT"
        );
    }
}
