using AutoTrader.Core.Application;
using AutoTrader.Core.Strategies;

namespace AutoTrader.Yaml.Syntax;

/// <summary>Something about a file that its owner must know.</summary>
/// <param name="Severity">Whether something was left out.</param>
/// <param name="Id">The id of the record as the file has it; null when it has none or the file as a whole is meant.</param>
/// <param name="Line">The line of the file, counted from one.</param>
/// <param name="Field">The field; null when the record or the file as a whole is meant.</param>
/// <param name="Code">A word for programs, such as <c>unknown_field</c>, or a code of <see cref="StrategyValidation"/>.</param>
/// <param name="Message">The problem, in a sentence.</param>
/// <param name="Fix">A sentence that says what to do.</param>
public sealed record ImportProblem(ImportSeverity Severity, string? Id, int Line, string? Field, string Code, string Message, string Fix);
