using System.Text;
using AutoTrader.Functions.Http;
using AutoTrader.Functions.Scheduling;
using AutoTrader.Yaml;
using AutoTrader.Yaml.Schedules;
using AutoTrader.Yaml.Syntax;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace AutoTrader.Functions.Api;

/// <summary>All schedules as <c>schedules.yaml</c>, out and in.</summary>
public sealed class ScheduleFileFunctions(ScheduleFileService service, ScheduleRunners runners)
{
    private const string Yaml = "application/yaml";

    internal static ApiEndpoint Export { get; } =
        new(nameof(ExportSchedules), "get", "schedules.yaml", "All schedules as schedules.yaml.")
        {
            Headers = [Header.Disposition],
            Tag = "schedules",
            OtherMedia = [Yaml],
        };

    internal static ApiEndpoint Import { get; } =
        new(
            nameof(ImportSchedules),
            "post",
            "schedules.yaml",
            "Imports schedules.yaml: good records are imported, bad ones reported by id, line and field. With dry_run nothing changes. "
                + "Nothing is deleted, paused or resumed."
        )
        {
            Tag = "schedules",
            Query = [Field.Flag("dry_run", "Whether only to tell what would change.") with { Default = "false" }],
            Body =
            [
                Field.Text("yaml", "The text of the file.", SchedulesYaml.MaxLength) with
                {
                    Required = true,
                    Multiline = true,
                    IsFile = true,
                },
            ],
            RawBody = Yaml,
            Answer = typeof(ImportView),
        };

    /// <summary>Writes the file.</summary>
    [Function(nameof(ExportSchedules))]
    public async Task<IResult> ExportSchedules(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "schedules.yaml")] HttpRequest request
    )
    {
        var call = await ApiRequest.ReadAsync(request, Export);
        return ApiResult
            .Text(await service.ExportAsync(call.Cancellation), Yaml)
            .With("Content-Disposition", "attachment; filename=schedules.yaml");
    }

    /// <summary>Reads the file.</summary>
    [Function(nameof(ImportSchedules))]
    public async Task<IResult> ImportSchedules(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "schedules.yaml")] HttpRequest request,
        [DurableClient] DurableTaskClient client
    )
    {
        var call = await ApiRequest.ReadAsync(request, Import);
        var report = await service.ImportAsync(
            call.Raw ?? Encoding.UTF8.GetBytes(call.Body.Text("yaml")!),
            call.Query.Flag("dry_run") ?? false,
            call.Caller,
            call.Cancellation
        );
        foreach (var step in report.Steps.Where(step => !report.DryRun && step.Action is ImportAction.Create or ImportAction.Update))
        {
            await runners.TellAsync(client, step.Id, call.Cancellation);
        }

        return ApiResult.Of(
            new ImportView(
                report.DryRun,
                report.Count(ImportAction.Create),
                report.Count(ImportAction.Update),
                report.Count(ImportAction.Unchanged),
                report.Count(ImportAction.Refused),
                report.Steps,
                report.Problems
            )
        );
    }

    private sealed record ImportView(
        bool DryRun,
        int Created,
        int Updated,
        int Unchanged,
        int Refused,
        IReadOnlyList<ScheduleImportStep> Schedules,
        IReadOnlyList<ImportProblem> Problems
    );
}
