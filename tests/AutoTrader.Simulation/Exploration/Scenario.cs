using AutoTrader.Brokers.Paper;

namespace AutoTrader.Simulation.Exploration;

/// <summary>A story of a few dozen cycles that the explorer tells again and again, each time with another fault.</summary>
/// <param name="Name">Its name, as the command line takes it.</param>
/// <param name="PlayAsync">Tells it.</param>
internal sealed record Scenario(string Name, Func<World, Task> PlayAsync)
{
    /// <summary>The model of a real broker that it runs on; null for the paper broker.</summary>
    public ExchangeSetup? Exchange { get; init; }

    public PaperOptions Paper { get; init; } = new();

    /// <summary>What must be true at the end of the run without faults, so that the story is the one that its name says.</summary>
    public Action<World>? Ends { get; init; }

    public override string ToString() => Name;
}
