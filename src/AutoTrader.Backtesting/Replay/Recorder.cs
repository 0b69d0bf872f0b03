using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;

namespace AutoTrader.Backtesting.Replay;

/// <summary>Follows what the account is worth while bars are played, and counts.</summary>
internal sealed class Recorder
{
    private readonly decimal _initialCash;
    private readonly Dictionary<string, decimal> _shares = new(StringComparer.Ordinal);
    private readonly Dictionary<string, decimal> _lastPrices = new(StringComparer.Ordinal);
    private decimal _cash;

    public Recorder(decimal initialCash) => Lowest = _cash = _initialCash = initialCash;

    public long Bars { get; private set; }

    public long BarsHeld { get; private set; }

    public decimal PeakCapital { get; private set; }

    /// <summary>The least that the account was worth since the last <see cref="Begin"/>, in dollars.</summary>
    public decimal Lowest { get; private set; }

    /// <summary>Takes over what is held from the books after a cycle.</summary>
    public void Hold(TradingSnapshot books)
    {
        _shares.Clear();
        (_cash, var tiedUp) = (_initialCash, 0m);
        foreach (
            var (symbol, holding) in books
                .Strategies.Select(row => (row.Value.Symbol, row.Value.Holding))
                .Concat(books.Unmanaged.Select(row => (row.Value.Symbol, row.Value.Holding)))
        )
        {
            // What the paper broker paid for fractions of splits is cash, too.
            _cash += holding.NetCash + holding.CashInLieu;
            if (holding.Lots.Count > 0)
            {
                _shares[symbol] = _shares.GetValueOrDefault(symbol) + holding.Quantity;
                tiedUp += holding.Cost;
            }
        }

        PeakCapital = Math.Max(PeakCapital, tiedUp);
    }

    /// <summary>Begins a session at what the account is worth.</summary>
    public void Begin(decimal equity) => Lowest = equity;

    /// <summary>Counts a bar at its end.</summary>
    public void Count(Bar bar)
    {
        Bars++;
        BarsHeld += _shares.ContainsKey(bar.Symbol) ? 1 : 0;
        _lastPrices[bar.Symbol] = bar.Close;
    }

    /// <summary>Values what is held at the lows of the latest bars.</summary>
    /// <param name="lowOf">The low of a symbol's latest bar of the session; null when it has none yet.</param>
    public void Value(Func<string, decimal?> lowOf)
    {
        if (_shares.Count == 0)
        {
            return;
        }

        var equity = _cash;
        foreach (var (symbol, shares) in _shares)
        {
            if ((lowOf(symbol) ?? (_lastPrices.TryGetValue(symbol, out var last) ? last : null)) is not { } price)
            {
                return;
            }

            equity += shares * price;
        }

        Lowest = Math.Min(Lowest, equity);
    }
}
