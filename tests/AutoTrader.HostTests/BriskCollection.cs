using AutoTrader.HostTests.Hosting;

namespace AutoTrader.HostTests;

/// <summary>The tests that share one host.</summary>
[CollectionDefinition(Name)]
public sealed class BriskCollection : ICollectionFixture<BriskApp>
{
    public const string Name = "One host";
}
