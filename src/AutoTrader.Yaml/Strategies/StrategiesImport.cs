using AutoTrader.Core.Application;
using AutoTrader.Core.Strategies;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Yaml.Strategies;

/// <summary>A strategy that was read.</summary>
/// <param name="Strategy">The strategy: valid by <see cref="StrategyValidation"/>, with a new arm.</param>
/// <param name="OriginalId">Its id in the file; differs from <see cref="Strategy.Id"/> where that had to be mapped; null when the file has
/// none.</param>
/// <param name="Line">The line on which it begins, counted from one.</param>
public sealed record ImportedStrategy(Strategy Strategy, string? OriginalId, int Line);

/// <summary>What an import found: the good records, and what to know about all of them.</summary>
/// <param name="Strategies">The strategies that were read, in the order of the file.</param>
/// <param name="Problems">Errors and warnings, in the order of the file.</param>
public sealed record StrategiesImport(IReadOnlyList<ImportedStrategy> Strategies, IReadOnlyList<ImportProblem> Problems)
{
    /// <summary>Whether something in the file was not imported.</summary>
    public bool HasErrors => Problems.Any(problem => problem.Severity == ImportSeverity.Error);
}
