using AutoTrader.Contracts;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Backtesting.Stored;

/// <summary>What a server has stored, as its API tells it. Reading it changes nothing there.</summary>
public sealed record StoredTrading
{
    // The same in every run, so that the same strategies give the same orders.
    private const string Arm = "backtest";

    /// <summary>Its business time (UTC) when it was asked.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The account that it trades.</summary>
    public required string Account { get; init; }

    /// <summary>Its strategies as it exports them: <c>strategies.yaml</c>.</summary>
    public required string StrategiesYaml { get; init; }

    /// <summary>Its schedules as it exports them: <c>schedules.yaml</c>.</summary>
    public required string SchedulesYaml { get; init; }

    /// <summary>Its strategies with their state.</summary>
    public required IReadOnlyList<StrategyResource> Strategies { get; init; }

    /// <summary>Its positions.</summary>
    public IReadOnlyList<PositionView> Positions { get; init; } = [];

    /// <summary>Its cash in dollars.</summary>
    public required decimal Cash { get; init; }

    /// <summary>The limits of the account.</summary>
    public required RiskLimits Limits { get; init; }

    /// <summary>The kill switch; null when it is off.</summary>
    public KillSwitch? KillSwitch { get; init; }

    /// <summary>The latest price of each symbol that it knows one of, in dollars.</summary>
    public IReadOnlyDictionary<string, decimal> Prices { get; init; } = new Dictionary<string, decimal>(StringComparer.Ordinal);

    /// <summary>The definitions that it exports. Strategies are as they would be imported: without orders and shares.</summary>
    /// <exception cref="BacktestRefusedException">A record cannot be read here.</exception>
    public (IReadOnlyList<Strategy> Strategies, IReadOnlyList<Schedule> Schedules) Read()
    {
        var strategies = Yaml.Strategies.StrategiesYaml.Read(StrategiesYaml, Now, () => Arm);
        var schedules = Yaml.Schedules.SchedulesYaml.Read(SchedulesYaml, Now);
        List<ImportProblem> errors =
        [
            .. strategies.Problems.Concat(schedules.Problems).Where(problem => problem.Severity == Core.Application.ImportSeverity.Error),
        ];
        return errors.Count > 0
            ? throw new BacktestRefusedException(
                "What the server exports cannot be read here; is this the same version? "
                    + string.Join(' ', errors.Select(problem => $"{problem.Id}: {problem.Message} {problem.Fix}"))
            )
            : (
                [.. strategies.Strategies.Select(it => it.Strategy)],
                [.. schedules.Schedules.Select(it => it.Schedule with { LastRun = null, NextRun = null })]
            );
    }
}
