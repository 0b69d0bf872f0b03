using AutoTrader.Core.Application;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Scheduling;
using AutoTrader.Yaml;
using AutoTrader.Yaml.Schedules;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AutoTrader.Functions.Api.Schedules;

/// <summary>All schedules as <c>schedules.yaml</c>, out and in.</summary>
public sealed class ScheduleFileFunctions(ScheduleFileService service, ScheduleSignals signals)
{
    private const string Kind = "schedules";

    internal static ApiEndpoint Export { get; } = YamlFile.Export(nameof(ExportSchedules), Kind);

    internal static ApiEndpoint Import { get; } =
        YamlFile.Import(
            nameof(ImportSchedules),
            Kind,
            "Imports schedules.yaml: valid records are imported, invalid ones reported by id, line and field. With dry_run "
                + "nothing changes. "
                + "Nothing is deleted, paused or resumed.",
            SchedulesYaml.MaxLength,
            typeof(ScheduleImportView)
        );

    /// <summary>Writes the file.</summary>
    [Function(nameof(ExportSchedules))]
    public async Task<IResult> ExportSchedules(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "schedules.yaml")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, Export);
        return YamlFile.Response(Kind, await service.ExportAsync(input.Cancellation));
    }

    /// <summary>Reads the file.</summary>
    [Function(nameof(ImportSchedules))]
    public async Task<IResult> ImportSchedules(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "schedules.yaml")] HttpRequest request,
        [DurableClient] DurableTaskClient client
    )
    {
        var input = await ApiRequest.ReadAsync(request, Import);
        var report = await service.ImportAsync(YamlFile.Of(input), YamlFile.IsDryRun(input), input.Caller, input.Cancellation);
        foreach (var step in report.Steps.Where(step => !report.DryRun && step.Action is ImportAction.Create or ImportAction.Update))
        {
            await signals.SignalAsync(client, step.Id, input.Cancellation);
        }

        return ApiResult.Of(ScheduleImportView.Of(report));
    }
}
