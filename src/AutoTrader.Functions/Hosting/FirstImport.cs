using AutoTrader.Core.Doors;
using AutoTrader.Core.Yaml;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoTrader.Functions.Hosting;

/// <summary>Imports the file that <c>AutoTrader__ImportOnFirstStart</c> names into an account that was never used.</summary>
internal sealed partial class FirstImport(StrategyFileDoor door, IConfiguration configuration, ILogger<FirstImport> log) : IHostedService
{
    private const string Setting = "AutoTrader:ImportOnFirstStart";
    private const string Caller = "first-start";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration[Setting] is not { Length: > 0 } setting)
        {
            return;
        }

        var path = LocalPath.Find(setting);
        if (!File.Exists(path))
        {
            LogMissing(log, setting);
            return;
        }

        try
        {
            if (await door.ImportFirstAsync(await File.ReadAllBytesAsync(path, cancellationToken), Caller, cancellationToken) is { } report)
            {
                Tell(report, path);
            }
        }
        catch (RefusedException refused)
        {
            LogRefused(log, path, refused.Message);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Tell(ImportReport report, string path)
    {
        LogImported(log, report.Count(ImportAction.Create), path);
        foreach (var problem in report.Problems)
        {
            LogProblem(log, problem.Severity == ImportSeverity.Error ? LogLevel.Error : LogLevel.Warning, path, problem.Line, problem.Id, problem.Field, problem.Message, problem.Fix);
        }
    }

    [LoggerMessage(2010, LogLevel.Information, "{Count} strategies were imported from {Path}")]
    private static partial void LogImported(ILogger logger, int count, string path);

    [LoggerMessage(2011, LogLevel.Warning, "AutoTrader__ImportOnFirstStart names {Path}, which does not exist; nothing is imported")]
    private static partial void LogMissing(ILogger logger, string path);

    [LoggerMessage(2013, LogLevel.Error, "{Path}: {Message}")]
    private static partial void LogRefused(ILogger logger, string path, string message);

    [LoggerMessage(EventId = 2012, Message = "{Path} line {Line}, strategy {Id}, field {Field}: {Message} {Fix}")]
    private static partial void LogProblem(ILogger logger, LogLevel level, string path, int line, string? id, string? field, string message, string fix);
}
