using AutoTrader.Core.Application;
using AutoTrader.Yaml;
using AutoTrader.Yaml.Syntax;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Hosting;

/// <summary>Imports the files that <c>AutoTrader__ImportOnFirstStart</c> and <c>AutoTrader__ImportSchedulesOnFirstStart</c> name into an account that was never used.</summary>
internal sealed partial class FirstImport(StrategyFileService strategies, ScheduleFileService schedules, StrategyScheduleService starts, IConfiguration configuration, ILogger<FirstImport> log) : IHostedService
{
    private const string Caller = "first-start";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the strategies, whose import is the account's first use. The sweeper gives each its orchestration.
        await ImportAsync("ImportSchedulesOnFirstStart", "schedules", async bytes => await schedules.ImportFirstAsync(bytes, Caller, cancellationToken) is { } report ? (report.Count(ImportAction.Create), report.Problems) : null, cancellationToken);
        await ImportAsync("ImportOnFirstStart", "strategies", async bytes => await ImportStrategiesAsync(bytes, cancellationToken), cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<(int Created, IReadOnlyList<ImportProblem> Problems)?> ImportStrategiesAsync(byte[] file, CancellationToken cancellationToken)
    {
        if (await strategies.ImportFirstAsync(file, Caller, cancellationToken) is not { } report)
        {
            return null;
        }

        await starts.ReconcileAsync(Caller, cancellationToken);
        return (report.Count(ImportAction.Create), report.Problems);
    }

    private async Task ImportAsync(string name, string what, Func<byte[], Task<(int Created, IReadOnlyList<ImportProblem> Problems)?>> import, CancellationToken cancellationToken)
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
                Tell(report.Created, what, report.Problems, path);
            }
        }
        catch (RefusedException refused)
        {
            LogRefused(log, path, refused.Message);
        }
    }

    private void Tell(int created, string what, IReadOnlyList<ImportProblem> problems, string path)
    {
        LogImported(log, created, what, path);
        foreach (var problem in problems)
        {
            LogProblem(log, problem.Severity == ImportSeverity.Error ? LogLevel.Error : LogLevel.Warning, path, problem.Line, problem.Id, problem.Field, problem.Message, problem.Fix);
        }
    }

    [LoggerMessage(2010, LogLevel.Information, "{Count} {What} were imported from {Path}")]
    private static partial void LogImported(ILogger logger, int count, string what, string path);

    [LoggerMessage(2011, LogLevel.Warning, "AutoTrader__{Setting} names {Path}, which does not exist; nothing is imported")]
    private static partial void LogMissing(ILogger logger, string setting, string path);

    [LoggerMessage(2013, LogLevel.Error, "{Path}: {Message}")]
    private static partial void LogRefused(ILogger logger, string path, string message);

    [LoggerMessage(EventId = 2012, Message = "{Path} line {Line}, {Id}, field {Field}: {Message} {Fix}")]
    private static partial void LogProblem(ILogger logger, LogLevel level, string path, int line, string? id, string? field, string message, string fix);
}
