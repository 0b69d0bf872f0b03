using AutoTrader.Core.Application;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Yaml.Syntax;

/// <summary>Collects the problems of one import; bounded, so that a hostile file cannot make a report larger than itself.</summary>
internal sealed class ImportLog
{
    private const int MaxProblems = 1000;
    private const int MaxShown = 60;

    private readonly List<ImportProblem> _problems = [];
    private int _errors;
    private int _dropped;

    /// <summary>The errors so far, also those that no longer fitted in.</summary>
    public int Errors => _errors;

    /// <summary>The problems in the order of the file.</summary>
    public IReadOnlyList<ImportProblem> Problems =>
        _dropped == 0
            ? [.. _problems.OrderBy(problem => problem.Line)]
            :
            [
                .. _problems.OrderBy(problem => problem.Line),
                new(
                    ImportSeverity.Error,
                    null,
                    _problems[^1].Line,
                    null,
                    "too_many_problems",
                    FormattableString.Invariant($"{_dropped} more problems are not listed."),
                    "Fix those above and import again."
                ),
            ];

    /// <summary>Something was not imported.</summary>
    public void Error(string? id, int line, string? field, string code, string message, string fix) =>
        Add(ImportSeverity.Error, id, line, field, code, message, fix);

    /// <summary>Something was imported that should be known.</summary>
    public void Warn(string? id, int line, string? field, string code, string message, string fix) =>
        Add(ImportSeverity.Warning, id, line, field, code, message, fix);

    /// <summary>Text of the file as it can be shown: without control characters, not longer than a line.</summary>
    public static string Display(string text)
    {
        var clean = Line(text.Length <= MaxShown ? text : text[..MaxShown]);
        return text.Length <= MaxShown ? clean : clean + "...";
    }

    /// <summary>A sentence that may quote the file: without control characters, on one line.</summary>
    public static string Line(string text) => string.Create(text.Length, text, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = StrategyValidation.IsPrintable(source[i]) && source[i] is not ('\n' or '\r' or '\t') ? source[i] : '?';
            }
        });

    // Both are shown one behind the other; what a parser says, or a quotation ends with, has no full stop.
    private static string Sentence(string text) => text.Length == 0 || text[^1] is '.' or '!' or '?' ? text : text + ".";

    private void Add(ImportSeverity severity, string? id, int line, string? field, string code, string message, string fix)
    {
        _errors += severity == ImportSeverity.Error ? 1 : 0;
        if (_problems.Count < MaxProblems)
        {
            _problems.Add(new(severity, id, line, field, code, Sentence(message), Sentence(fix)));
        }
        else
        {
            _dropped++;
        }
    }
}
