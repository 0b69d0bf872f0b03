namespace AutoTrader.SampleMarket;

/// <summary>SplitMix64: the same numbers on every version of .NET.</summary>
public sealed class Noise(long seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>, both included.</summary>
    public int Next(int least, int most)
    {
        _state += 0x9E3779B97F4A7C15;
        var z = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return least + (int)((z ^ (z >> 31)) % (ulong)(most - least + 1));
    }
}
