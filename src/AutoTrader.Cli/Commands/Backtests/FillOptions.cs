using System.CommandLine;
using AutoTrader.Backtesting;
using AutoTrader.Brokers.Paper;
using AutoTrader.Cli.Client;

namespace AutoTrader.Cli.Commands.Backtests;

/// <summary>What fills cost in a replay of past prices.</summary>
internal sealed class FillOptions
{
    private readonly Option<decimal> _spread = Cost("--spread-pct", "The spread in percent; a market order pays half of it.");
    private readonly Option<decimal> _slippage = Cost("--slippage-pct", "How much worse market and stop orders fill, in percent.");
    private readonly Option<decimal> _commission = Cost("--commission", "Commission in dollars per share.");
    private readonly Option<decimal> _sec = Cost(
        "--sec-fee",
        "Fee of the SEC in dollars per million sold.",
        AlpacaFees.Model.SecFeePerMillion
    );
    private readonly Option<decimal> _taf = Cost("--taf", "FINRA's fee in dollars per share sold.", AlpacaFees.Model.TafPerShare);
    private readonly Option<decimal> _volume = Cost(
        "--volume-share",
        "The most that an order fills of a bar's volume, in percent; 0: all."
    );

    /// <summary>All of them.</summary>
    public IEnumerable<Symbol> All => [_spread, _slippage, _commission, _sec, _taf, _volume];

    /// <summary>The given options.</summary>
    public FillModel Model(Session session) =>
        new()
        {
            SpreadPct = session.Get(_spread),
            SlippagePct = session.Get(_slippage),
            CommissionPerShare = session.Get(_commission),
            SecFeePerMillion = session.Get(_sec),
            TafPerShare = session.Get(_taf),
            VolumeSharePct = session.Get(_volume),
        };

    /// <summary>Whether one of them was typed.</summary>
    public bool AreGiven(Session session) => All.OfType<Option>().Any(session.IsGiven);

    private static Option<decimal> Cost(string name, string description, decimal otherwise = 0) =>
        new(name) { Description = description, DefaultValueFactory = _ => otherwise };
}
