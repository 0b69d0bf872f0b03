using AutoTrader.Brokers.Market;
using AutoTrader.Brokers.Paper;
using AutoTrader.Core.Engine.Cycle;
using AutoTrader.Core.Market;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Strategies;
using AutoTrader.SampleMarket;
using AutoTrader.Storage.Lease;
using AutoTrader.Storage.Stores;
using AutoTrader.Yaml.Strategies;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AutoTrader.Brokers.Tests.Market;

/// <summary>The sample files: they are what the generator writes, and they show what they promise.</summary>
public sealed class SampleMarketTests
{
    private static readonly string Samples = Path.Combine(RealData.Repository, "samples");

    [Fact]
    public void Generating_again_gives_identical_files()
    {
        var folder = Directory.CreateTempSubdirectory("samples-");
        try
        {
            SampleFiles.Write(folder.FullName);
            var committed = Directory.GetFiles(Path.Combine(Samples, "market"));
            folder.GetFiles().Length.ShouldBe(committed.Length);
            foreach (var file in committed)
            {
                File.ReadAllBytes(Path.Combine(folder.FullName, Path.GetFileName(file)))
                    .AsSpan()
                    .SequenceEqual(File.ReadAllBytes(file))
                    .ShouldBeTrue(file);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Every_type_of_strategy_is_there_once_on_its_own_symbol_and_nothing_is_left_out()
    {
        var import = Import();
        import.Problems.ShouldBeEmpty();
        var strategies = import.Strategies.Select(imported => imported.Strategy).ToList();
        strategies.Select(strategy => strategy.StrategyType).ShouldBe(Enum.GetValues<StrategyType>(), ignoreOrder: true);
        strategies
            .Select(strategy => strategy.Symbol)
            .Order(StringComparer.Ordinal)
            .ShouldBe(SampleSymbols.All.Select(symbol => symbol.Symbol));
        strategies.ShouldContain(strategy => strategy.Repeat);
    }

    [Fact]
    public async Task Every_strategy_goes_through_its_whole_life_in_the_fortnight_and_shows_something_within_45_minutes()
    {
        var run = await RunAsync();
        run.Errors.ShouldBeEmpty();
        var early = run.Events.Where(happened => happened.At <= run.Sessions[0].Open.AddMinutes(45)).ToList();
        foreach (var id in new[] { "acme-trail", "bolt-bracket", "crux-scale", "dune-grid", "echo-pullback" })
        {
            early.ShouldContain(
                happened =>
                    happened.Kind == EngineEventKind.OrderFilled
                    && happened.StrategyId == id
                    && happened.Message.Contains(": buy", StringComparison.Ordinal),
                id
            );
            early.ShouldContain(
                happened =>
                    happened.Kind == EngineEventKind.OrderFilled
                    && happened.StrategyId == id
                    && happened.Message.Contains(": sell", StringComparison.Ordinal),
                id
            );
        }

        early.ShouldContain(happened => happened.Kind == EngineEventKind.WatermarkRaised && happened.StrategyId == "acme-trail");
        early.ShouldContain(happened =>
            happened.Kind == EngineEventKind.PhaseChanged && happened.Message.EndsWith("completed", StringComparison.Ordinal)
        );

        run.Strategies["acme-trail"].Phase.ShouldBe(StrategyPhase.Completed);
        run.Strategies["crux-scale"].Phase.ShouldBe(StrategyPhase.Completed);
        Fills(run, "crux-scale", "sell").ShouldBe(3);
        Fills(run, "dune-grid", "sell").ShouldBeGreaterThan(10);
        Fills(run, "bolt-bracket", "sell").ShouldBeGreaterThan(2);
        Fills(run, "echo-pullback", "sell").ShouldBeGreaterThan(2);
        run.Events.ShouldContain(happened =>
            happened.Message.StartsWith("bolt-bracket filled: sell", StringComparison.Ordinal)
            && happened.Message.EndsWith("at 48.51", StringComparison.Ordinal)
        );
        run.Events.ShouldContain(happened =>
            happened.Kind == EngineEventKind.AttentionRaised && happened.Message.Contains("outside the grid", StringComparison.Ordinal)
        );
        run.Events.ShouldNotContain(happened =>
            happened.Kind == EngineEventKind.RiskRefused || happened.Kind == EngineEventKind.OrderRefused
        );
    }

    private static int Fills(Run run, string id, string side) =>
        run.Events.Count(happened =>
            happened.Kind == EngineEventKind.OrderFilled && happened.Message.StartsWith($"{id} filled: {side}", StringComparison.Ordinal)
        );

    private static StrategiesImport Import() =>
        StrategiesYaml.Read(File.ReadAllText(Path.Combine(Samples, "strategies.yaml")), DateTimeOffset.UnixEpoch, () => "sample22");

    private static async Task<Run> RunAsync()
    {
        var sessions = TradingCalendar.Nyse.Sessions(SampleFiles.FirstDay, SampleFiles.FirstDay.AddDays(11)).ToList();
        sessions.Count.ShouldBe(10);
        var clock = new FakeTimeProvider(sessions[0].Open);
        var market = new CsvMarketData(new() { Directory = Path.Combine(Samples, "market") }, clock, NullLogger<CsvMarketData>.Instance);
        using var broker = new PaperBroker(new MemoryPaperStore(), market, clock, new(), NullLogger<PaperBroker>.Instance);
        var trading = new MemoryTradingStore();
        var events = new Collected();
        foreach (var imported in Import().Strategies)
        {
            (
                await trading.CommitAsync("paper", [new(TradingKey.Strategy(imported.Strategy.Id), imported.Strategy, null)], default)
            ).ShouldBeOfType<CommitResult.Committed>();
        }

        var engine = new EvaluationCycle(
            new(trading, new MemoryEngineStore(), broker, market, new MemoryEngineLease(), events, clock),
            new()
        );
        var errors = new List<string>();
        foreach (var session in sessions)
        {
            for (var tick = session.Open; tick <= session.Close.AddMinutes(1); tick = tick.AddMinutes(1))
            {
                clock.SetUtcNow(tick);
                if ((await engine.RunAsync(new(tick, "timer"), default)).Record?.Error is { } error)
                {
                    errors.Add($"{tick:u}: {error}");
                }
            }
        }

        var strategies = (await trading.LoadAsync("paper", default)).Strategies.ToDictionary(
            row => row.Value.Id,
            row => row.Value,
            StringComparer.Ordinal
        );
        return new(sessions, events.All, errors, strategies);
    }

    private sealed record Run(
        List<Session> Sessions,
        List<EngineEvent> Events,
        List<string> Errors,
        Dictionary<string, Strategy> Strategies
    );

    private sealed class Collected : IEngineEvents
    {
        public List<EngineEvent> All { get; } = [];

        public void Publish(EngineEvent happened) => All.Add(happened);

        public void CycleEnded(CycleRecord record) { }

        public void LeaseContended() { }
    }
}
