using System.Globalization;
using AutoTrader.Core.Schedules;
using AutoTrader.Core.Strategies;
using AutoTrader.Yaml.Schedules;
using AutoTrader.Yaml.Strategies;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Backtesting;

/// <summary>The strategies and schedules of files, as they are before the first day of a backtest.</summary>
/// <param name="Strategies">The strategies.</param>
/// <param name="Schedules">The schedules.</param>
/// <param name="Remarks">What is to be known about the files, a sentence each.</param>
public sealed record BacktestFiles(IReadOnlyList<Strategy> Strategies, IReadOnlyList<Schedule> Schedules, IReadOnlyList<string> Remarks)
{
    // The same in every run, so that the same files give the same orders.
    private const string Arm = "backtest";

    /// <summary>Reads strategies.yaml and schedules.yaml.</summary>
    /// <param name="strategies">The file of the strategies.</param>
    /// <param name="schedules">The file of the schedules; null for none.</param>
    /// <param name="start">The first day (New York).</param>
    /// <exception cref="BacktestRefusedException">A record cannot be used: a test of the others would not be what is meant.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static BacktestFiles Read(string strategies, string? schedules, DateOnly start)
    {
        var now = new DateTimeOffset(start.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var read = StrategiesYaml.Read(File.ReadAllBytes(strategies), now, () => Arm);
        var planned = schedules is null ? new([], []) : SchedulesYaml.Read(File.ReadAllBytes(schedules), now);
        var remarks = Told(strategies, read.Problems).Concat(Told(schedules, planned.Problems)).ToList();
        if (read.HasErrors || planned.HasErrors)
        {
            throw new BacktestRefusedException(string.Join('\n', remarks));
        }

        // In the app an import makes a schedule of it.
        if (read.Strategies.FirstOrDefault(it => it.Strategy.ScheduleEnabled) is { } scheduled)
        {
            throw new BacktestRefusedException(
                $"{scheduled.Strategy.Id} has a schedule of its own in {Path.GetFileName(strategies)}; write it to the schedules' file, "
                    + "with task_type strategy_start."
            );
        }

        var ids = read.Strategies.Select(it => it.Strategy.Id).ToHashSet(StringComparer.Ordinal);
        if (planned.Schedules.FirstOrDefault(it => it.Schedule.Task.Target is { } target && !ids.Contains(target)) is { } astray)
        {
            throw new BacktestRefusedException(
                $"The schedule {astray.Schedule.Id} is about {astray.Schedule.Task.Target}, which {Path.GetFileName(strategies)} does not "
                    + "have."
            );
        }

        return new(
            [.. read.Strategies.Select(it => it.Strategy)],
            [.. planned.Schedules.Select(it => it.Schedule with { LastRun = null, NextRun = null, RunCount = 0 })],
            remarks
        );
    }

    private static IEnumerable<string> Told(string? file, IReadOnlyList<ImportProblem> problems) =>
        problems.Select(problem =>
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}, line {problem.Line}: {problem.Message} {problem.Fix}")
        );
}
