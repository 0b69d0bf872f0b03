using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Yaml;
using AutoTrader.Yaml.Syntax;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Hosting;

/// <summary>Imports the files that <c>AutoTrader__ImportOnFirstStart</c> and <c>AutoTrader__ImportSchedulesOnFirstStart</c> name into an
/// account that was never used.</summary>
internal sealed partial class FirstImport(
    StrategyFileService strategies,
    ScheduleFileService schedules,
    StrategyScheduleService starts,
    IConfiguration configuration,
    ILogger<FirstImport> log
) : IHostedService
{
    private const string Caller = "first-start";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the strategies, whose import is the account's first use. The sweeper gives each its orchestration.
        await ImportAsync(
            "ImportSchedulesOnFirstStart",
            "schedules",
            bytes => ImportSchedulesAsync(bytes, cancellationToken),
            cancellationToken
        );
        await ImportAsync("ImportOnFirstStart", "strategies", bytes => ImportStrategiesAsync(bytes, cancellationToken), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<Imported?> ImportSchedulesAsync(byte[] file, CancellationToken cancellationToken) =>
        await schedules.ImportFirstAsync(file, Caller, cancellationToken) is { } report
            ? new(
                report.Count(ImportAction.Create),
                Refused(report.Steps.Select(step => (step.Id, step.Action, step.Message))),
                report.Problems
            )
            : null;

    private async Task<Imported?> ImportStrategiesAsync(byte[] file, CancellationToken cancellationToken)
    {
        if (await strategies.ImportFirstAsync(file, Caller, cancellationToken) is not { } report)
        {
            return null;
        }

        foreach (var (strategyId, reason) in (await starts.ReconcileAsync(Caller, cancellationToken)).Dropped)
        {
            LogDropped(log, strategyId, reason);
        }

        foreach (var (id, problem) in await schedules.WithoutTargetAsync(cancellationToken))
        {
            LogWithoutTarget(log, id, problem);
        }

        return new(
            report.Count(ImportAction.Create),
            Refused(report.Steps.Select(step => (step.Id, step.Action, step.Message))),
            report.Problems
        );
    }

    private static List<(string Id, string Reason)> Refused(IEnumerable<(string Id, ImportAction Action, string? Message)> steps) =>
        [.. steps.Where(step => step.Action == ImportAction.Refused).Select(step => (step.Id, step.Message ?? "It was refused."))];

    private async Task ImportAsync(string name, string what, Func<byte[], Task<Imported?>> import, CancellationToken cancellationToken)
    {
        if (configuration["AutoTrader:" + name] is not { Length: > 0 } setting)
        {
            return;
        }

        var path = Path.GetFullPath(setting);
        if (!File.Exists(path))
        {
            LogMissing(log, name, path);
            return;
        }

        try
        {
            if (await import(await File.ReadAllBytesAsync(path, cancellationToken)) is { } report)
            {
                Log(report, what, path);
            }
        }
        catch (RefusedException refused)
        {
            LogRefused(log, path, refused.Message);
        }
    }

    private void Log(Imported report, string what, string path)
    {
        LogImported(log, report.Created, what, path);
        foreach (var (id, reason) in report.Refused)
        {
            LogLeftOut(log, path, id, reason);
        }

        foreach (var problem in report.Problems)
        {
            var level = problem.Severity == ImportSeverity.Error ? LogLevel.Error : LogLevel.Warning;
            LogProblem(log, level, path, problem.Line, problem.Id, problem.Field, problem.Message, problem.Fix);
        }
    }

    // What became of a file.
    private sealed record Imported(int Created, IReadOnlyList<(string Id, string Reason)> Refused, IReadOnlyList<ImportProblem> Problems);

    [LoggerMessage(2010, LogLevel.Information, "{Count} {What} were imported from {Path}")]
    private static partial void LogImported(ILogger logger, int count, string what, string path);

    [LoggerMessage(2011, LogLevel.Warning, "AutoTrader__{Setting} names {Path}, which does not exist; nothing was imported")]
    private static partial void LogMissing(ILogger logger, string setting, string path);

    [LoggerMessage(2013, LogLevel.Error, "{Path}: {Message}")]
    private static partial void LogRefused(ILogger logger, string path, string message);

    [LoggerMessage(2014, LogLevel.Error, "{Path}: {Id} was not imported: {Reason}")]
    private static partial void LogLeftOut(ILogger logger, string path, string id, string reason);

    [LoggerMessage(2015, LogLevel.Error, "Strategy {StrategyId} was imported without its schedule: {Reason}")]
    private static partial void LogDropped(ILogger logger, string strategyId, string reason);

    [LoggerMessage(2016, LogLevel.Error, "Schedule {Id} was imported but does nothing: {Problem}")]
    private static partial void LogWithoutTarget(ILogger logger, string id, string problem);

    [LoggerMessage(EventId = 2012, Message = "{Path} line {Line}, {Id}, field {Field}: {Message} {Fix}")]
    private static partial void LogProblem(
        ILogger logger,
        LogLevel level,
        string path,
        int line,
        string? id,
        string? field,
        string message,
        string fix
    );
}
