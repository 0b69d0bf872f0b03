using AutoTrader.Core.Application;
using AutoTrader.Core.Orders;
using AutoTrader.Yaml.Syntax;

namespace AutoTrader.Yaml;

/// <summary>Explains why nothing in a file could be imported: the first error, then the other problems.</summary>
internal static class ImportRefusal
{
    private const int Most = 100;

    public static RefusedException Of(IReadOnlyList<ImportProblem> problems)
    {
        // Errors first: a warning is not a reason, and truncation must not hide an error.
        var ordered = problems.OrderByDescending(problem => problem.Severity).ToList();
        return new(Refusal.Invalid, "INVALID_FILE", "Nothing in the file could be imported. " + Describe(ordered[0]))
        {
            Fields = [.. ordered.Take(Most).Select(it => new FieldProblem(it.Field ?? it.Id ?? "yaml", it.Code, Describe(it)))],
        };
    }

    private static string Describe(ImportProblem problem) =>
        FormattableString.Invariant($"Line {problem.Line}: {problem.Message} {problem.Fix}");
}
