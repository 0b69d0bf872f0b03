using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Scheduling;
using AutoTrader.Yaml;
using AutoTrader.Yaml.Strategies;
using AutoTrader.Yaml.Syntax;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AutoTrader.Functions.Api.Strategies;

/// <summary>All strategies as <c>strategies.yaml</c>, out and in.</summary>
public sealed class StrategyFileFunctions(StrategyFileService service, StrategyScheduleService schedules, ScheduleSignals signals)
{
    private const string Kind = "strategies";

    internal static ApiEndpoint Export { get; } = YamlFile.Export(nameof(ExportStrategies), Kind);

    internal static ApiEndpoint Import { get; } =
        YamlFile.Import(
            nameof(ImportStrategies),
            Kind,
            "Imports strategies.yaml, including the Python AutoTrader's: valid records are imported, invalid ones reported by id, line and "
                + "field. With dry_run nothing changes and the response lists the differences. Nothing is deleted, enabled "
                + "or disabled.",
            StrategiesYaml.MaxLength,
            typeof(StrategyImportView)
        );

    /// <summary>Writes the file.</summary>
    [Function(nameof(ExportStrategies))]
    public async Task<IResult> ExportStrategies(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "strategies.yaml")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, Export);
        return YamlFile.Response(Kind, await service.ExportAsync(input.Cancellation));
    }

    /// <summary>Reads the file.</summary>
    [Function(nameof(ImportStrategies))]
    public async Task<IResult> ImportStrategies(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "strategies.yaml")] HttpRequest request,
        [DurableClient] DurableTaskClient client
    )
    {
        var input = await ApiRequest.ReadAsync(request, Import);
        var report = await service.ImportAsync(YamlFile.Of(input), YamlFile.IsDryRun(input), input.Caller, input.Cancellation);
        if (!report.DryRun)
        {
            // An occurrence that is due soon must not wait for the sweeper.
            var (made, dropped, _) = await schedules.ReconcileAsync(input.Caller, input.Cancellation);
            foreach (var id in made)
            {
                await signals.SignalAsync(client, id, input.Cancellation);
            }

            report = report with { Problems = [.. report.Problems, .. dropped.Select(it => NotScheduled(it, report.Steps))] };
        }

        return ApiResult.Of(StrategyImportView.Of(report));
    }

    private static ImportProblem NotScheduled((string StrategyId, string Reason) dropped, IReadOnlyList<ImportStep> steps) =>
        new(
            ImportSeverity.Warning,
            dropped.StrategyId,
            steps.FirstOrDefault(step => step.Id == dropped.StrategyId)?.Line ?? 0,
            "schedule_at",
            "not_scheduled",
            $"{dropped.StrategyId} is not scheduled: {dropped.Reason}",
            "Schedule it again, or enable it now."
        );
}
