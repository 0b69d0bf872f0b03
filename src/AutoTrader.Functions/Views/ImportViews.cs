using AutoTrader.Core.Application;
using AutoTrader.Yaml;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Functions.Views;

/// <summary>Import results as the API returns them.</summary>
internal static class ImportViews
{
    extension(StrategyImportView)
    {
        public static StrategyImportView Of(ImportReport it) =>
            new(
                it.DryRun,
                it.Count(ImportAction.Create),
                it.Count(ImportAction.Update),
                it.Count(ImportAction.Unchanged),
                it.Count(ImportAction.Refused),
                [.. it.Steps.Select(Of)],
                [.. it.Problems.Select(Of)]
            );
    }

    extension(ScheduleImportView)
    {
        public static ScheduleImportView Of(ScheduleImportReport it) =>
            new(
                it.DryRun,
                it.Count(ImportAction.Create),
                it.Count(ImportAction.Update),
                it.Count(ImportAction.Unchanged),
                it.Count(ImportAction.Refused),
                [.. it.Steps.Select(step => new ScheduleImportStepView(step.Id, step.Action, step.Message))],
                [.. it.Problems.Select(Of)]
            );
    }

    private static StrategyImportStepView Of(ImportStep it) =>
        new(
            it.Id,
            it.OriginalId,
            it.Line,
            it.Action,
            [.. it.Changes.Select(change => new FieldChangeView(change.Field, change.From, change.To))],
            it.Message
        );

    private static ImportProblemView Of(ImportProblem it) => new(it.Severity, it.Id, it.Line, it.Field, it.Code, it.Message, it.Fix);
}
