namespace AutoTrader.Brokers.Tests;

/// <summary>Tests in a world of their own.</summary>
public abstract class WorldTest : IDisposable
{
    private protected readonly World _world = new();

    public void Dispose()
    {
        _world.Dispose();
        GC.SuppressFinalize(this);
    }
}
