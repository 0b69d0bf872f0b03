using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Scheduling;
using AutoTrader.Core.Ports;
using AutoTrader.Core.Ports.Brokerage;
using AutoTrader.Core.Ports.Scheduling;
using AutoTrader.Core.Schedules;
using AutoTrader.Yaml.Schedules;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Yaml;

/// <summary>What an import does, or would do, with one schedule.</summary>
/// <param name="Id">The schedule.</param>
/// <param name="Action">Create, update, unchanged or refused.</param>
/// <param name="Message">Why it is refused; else null.</param>
public sealed record ScheduleImportStep(string Id, ImportAction Action, string? Message = null);

/// <summary>What an import did, or would do.</summary>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Steps">Each schedule that could be read.</param>
/// <param name="Problems">The problems of the file.</param>
public sealed record ScheduleImportReport(bool DryRun, IReadOnlyList<ScheduleImportStep> Steps, IReadOnlyList<ImportProblem> Problems)
{
    /// <summary>How many schedules were treated so.</summary>
    public int Count(ImportAction action) => Steps.Count(step => step.Action == action);
}

/// <summary>All schedules as <c>schedules.yaml</c>, out and in. Nothing is deleted, and existing schedules are neither paused nor
/// resumed.</summary>
public sealed class ScheduleFileService(
    IScheduleStore store,
    ScheduleService service,
    ScheduleTargets targets,
    ITradingStore trading,
    IBroker broker,
    TimeProvider clock,
    RecordQueue records
)
{
    /// <summary>The file.</summary>
    public async Task<string> ExportAsync(CancellationToken cancellationToken) =>
        SchedulesYaml.Write(
            (await Paging.AllAsync(from => store.ListAsync(1000, from, cancellationToken)))
                .Select(row => row.Value)
                .OrderBy(schedule => schedule.Id, StringComparer.Ordinal)
        );

    /// <summary>Imports a file into an account that no cycle was run for; tried again after a crash it is one import.</summary>
    /// <returns>Null when the account was used before.</returns>
    /// <exception cref="RefusedException">Nothing in it could be imported.</exception>
    public async Task<ScheduleImportReport?> ImportFirstAsync(
        ReadOnlyMemory<byte> utf8,
        string caller,
        CancellationToken cancellationToken
    ) =>
        (await trading.LoadAsync(broker.AccountKey, cancellationToken)).Account is null
            ? await ImportAsync(utf8, dryRun: false, needsTargets: false, caller, cancellationToken)
            : null;

    /// <summary>The schedules, by id, whose strategy does not exist, each with a sentence that says so.</summary>
    public async Task<IReadOnlyList<(string Id, string Problem)>> WithoutTargetAsync(CancellationToken cancellationToken)
    {
        var without = new List<(string, string)>();
        foreach (var schedule in (await Paging.AllAsync(from => store.ListAsync(1000, from, cancellationToken))).Select(row => row.Value))
        {
            try
            {
                await targets.RequireAsync(schedule.Task, cancellationToken);
            }
            catch (RefusedException refused)
            {
                without.Add((schedule.Id, refused.Message));
            }
        }

        return without;
    }

    /// <summary>Imports the valid records of a file one by one, so that a refused one does not stop the others.</summary>
    /// <param name="utf8">The file.</param>
    /// <param name="dryRun">Report changes without making them.</param>
    /// <param name="caller">Who.</param>
    /// <param name="cancellationToken">Cancels it between two schedules.</param>
    /// <exception cref="RefusedException">Nothing in it could be imported.</exception>
    public Task<ScheduleImportReport> ImportAsync(
        ReadOnlyMemory<byte> utf8,
        bool dryRun,
        string caller,
        CancellationToken cancellationToken
    ) => ImportAsync(utf8, dryRun, needsTargets: true, caller, cancellationToken);

    // On the first start schedules come before their strategies.
    private async Task<ScheduleImportReport> ImportAsync(
        ReadOnlyMemory<byte> utf8,
        bool dryRun,
        bool needsTargets,
        string caller,
        CancellationToken cancellationToken
    )
    {
        var import = SchedulesYaml.Read(utf8.Span, clock.GetUtcNow());
        if (import is { Schedules.Count: 0, HasErrors: true })
        {
            throw ImportRefusal.Of(import.Problems);
        }

        var steps = new List<ScheduleImportStep>();
        using var turn = await records.EnterAsync("schedules.yaml", cancellationToken);
        foreach (var read in import.Schedules.Select(it => it.Schedule))
        {
            try
            {
                steps.Add(new(read.Id, await ImportAsync(read, dryRun, needsTargets, caller, cancellationToken)));
            }
            // A row of it that cannot be read is named in the attention list, too, with how to delete it.
            catch (Exception refused) when (refused is RefusedException or UnreadableRowException)
            {
                steps.Add(new(read.Id, ImportAction.Refused, refused.Message));
            }
        }

        return new(dryRun, steps, import.Problems);
    }

    private async Task<ImportAction> ImportAsync(
        Schedule read,
        bool dryRun,
        bool needsTargets,
        string caller,
        CancellationToken cancellationToken
    )
    {
        var fresh = read with { LastRun = null, NextRun = null, RunCount = 0 };
        if (await store.ReadAsync(read.Id, cancellationToken) is not { } row)
        {
            // What cannot be created is refused in a dry run as well.
            await (needsTargets ? targets.RequireAsync(read.Task, cancellationToken) : Task.CompletedTask);
            ScheduleRules.Planned(fresh, clock.GetUtcNow());
            _ = dryRun ? null : await service.CreateAsync(fresh, caller, cancellationToken);
            return ImportAction.Create;
        }

        if (Defined(row.Value, read) == row.Value)
        {
            return ImportAction.Unchanged;
        }

        await (
            needsTargets && read.Task.Target != row.Value.Task.Target
                ? targets.RequireAsync(read.Task, cancellationToken)
                : Task.CompletedTask
        );
        _ = dryRun
            ? null
            : await service.ChangeAsync(read.Id, current => Defined(current, read), null, "import_schedule", caller, cancellationToken);
        return ImportAction.Update;
    }

    private static Schedule Defined(Schedule current, Schedule read) =>
        current with
        {
            Name = read.Name,
            Task = read.Task,
            Spec = read.Spec,
            Misfire = read.Misfire,
            MisfireWindow = read.MisfireWindow,
            Note = read.Note,
        };
}
