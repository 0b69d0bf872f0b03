using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AutoTrader.Core.Market;

namespace AutoTrader.Backtesting;

/// <summary>A SHA-256 over what a backtest sees: the bars of its period and the splits in it, not the files that they stand in, so that
/// days which are added later, or prices written with more zeros, are the same data.</summary>
internal sealed class DataHash : IDisposable
{
    private const int Fields = 7;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _row = new byte[Fields * sizeof(long)];

    /// <summary>Bars of one symbol, in order.</summary>
    public void Add(IReadOnlyList<Bar> bars)
    {
        Add(bars[0].Symbol);
        foreach (var bar in bars)
        {
            Add(bar.Start.UtcTicks, bar.Length.Ticks, Of(bar.Open), Of(bar.High), Of(bar.Low), Of(bar.Close), bar.Volume);
        }
    }

    /// <summary>Splits, in any order.</summary>
    public void Add(IEnumerable<Split> splits)
    {
        foreach (var split in splits.OrderBy(it => it.Symbol, StringComparer.Ordinal).ThenBy(it => it.ExDate))
        {
            Add(split.Symbol);
            Add(split.ExDate.DayNumber, Of(split.Numerator), Of(split.Denominator));
        }
    }

    /// <summary>The hash of what was added, in hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    // A symbol ends with what none has.
    private void Add(string symbol) => _hash.AppendData(Encoding.UTF8.GetBytes(symbol + "\n"));

    private void Add(params ReadOnlySpan<long> fields)
    {
        for (var i = 0; i < fields.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_row.AsSpan(i * sizeof(long)), fields[i]);
        }

        _hash.AppendData(_row, 0, fields.Length * sizeof(long));
    }

    // 1.5 and 1.50 have other bits as decimals, and the same here.
    private static long Of(decimal price) => BitConverter.DoubleToInt64Bits((double)price);
}
