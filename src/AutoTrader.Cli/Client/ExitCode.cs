using System.Text.Json;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Client;

/// <summary>How a command ended, for scripts.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>Refused or failed.</summary>
    Failed = 1,

    /// <summary>The command line is invalid.</summary>
    Usage = 2,

    /// <summary>The target does not exist.</summary>
    NotFound = 3,

    /// <summary>The key is missing or wrong.</summary>
    NotAuthorized = 4,

    /// <summary>The target's state does not allow it now.</summary>
    Conflict = 5,

    /// <summary>A limit or the kill switch forbids it.</summary>
    Risk = 6,

    /// <summary>The server cannot be reached; nothing was sent.</summary>
    Unreachable = 7,

    /// <summary>A change was sent and its answer is not known.</summary>
    OutcomeUnknown = 8,
}

/// <summary>A failure that the command line reports as one sentence.</summary>
internal sealed class CommandException(ExitCode code, string message) : Exception(message)
{
    /// <summary>The code of input that is wrong, as the API has it.</summary>
    public const string Validation = "VALIDATION_ERROR";

    /// <summary>The code of prices that are not there.</summary>
    public const string DataNotFound = "DATA_NOT_FOUND";

    public ExitCode Code { get; } = code;

    /// <summary>The problem as the API returned it, verbatim.</summary>
    public string? Body { get; init; }

    /// <summary>The problem's code.</summary>
    public string? ProblemCode { get; init; }

    /// <summary>The same failure, with what was done before it.</summary>
    public CommandException After(string done) => new(Code, $"{Message} {done}") { ProblemCode = ProblemCode };
}

/// <summary>The one place where outcomes become exit codes.</summary>
internal static class Outcomes
{
    /// <summary>What each code means, for help and reference.</summary>
    public static IReadOnlyList<(ExitCode Code, string Meaning)> All { get; } =
    [
        (ExitCode.Done, "done"),
        (ExitCode.Failed, "refused or failed"),
        (ExitCode.Usage, "usage: the command line is invalid"),
        (ExitCode.NotFound, "not found"),
        (ExitCode.NotAuthorized, "not authorized: the key is missing or wrong"),
        (ExitCode.Conflict, "conflict or precondition: it exists already, or its state does not allow it now"),
        (ExitCode.Risk, "refused by a risk limit or the kill switch"),
        (ExitCode.Unreachable, "unreachable: nothing was sent"),
        (ExitCode.OutcomeUnknown, "outcome unknown: the request was sent and no response came; the command that finds out is printed"),
    ];

    private static readonly string[] ByRisk =
    [
        "KILL_SWITCH",
        "DAILY_LOSS_LIMIT",
        "DAILY_TRADE_LIMIT",
        "MAX_ORDER_VALUE",
        "MAX_POSITION_SIZE",
        "MAX_POSITION_VALUE",
        "BUYING_POWER",
        "INSUFFICIENT_SHARES",
    ];

    /// <summary>The failure that an answer of the API is; <paramref name="isChange"/> where something may have been changed.</summary>
    public static CommandException Of(int status, string body, Uri url, bool isChange)
    {
        var problem = Problem(body);
        var code = (status, problem) switch
        {
            // A change that broke off may have had its effect.
            ( >= 500, null or { Code: ErrorCodes.Unexpected or ErrorCodes.StorageUnavailable or ErrorCodes.BrokerFetchFailed })
                when isChange => ExitCode.OutcomeUnknown,
            (502 or 503 or 504, null) => ExitCode.Unreachable,
            (400 or 405 or 413 or 415, _) => ExitCode.Usage,
            (401 or 403, _) => ExitCode.NotAuthorized,
            (404, null) => ExitCode.Unreachable,
            (404, _) => ExitCode.NotFound,
            (409 or 412, _) => ExitCode.Conflict,
            (_, { Rule: { } rule }) when ByRisk.Contains(rule, StringComparer.Ordinal) => ExitCode.Risk,
            _ => ExitCode.Failed,
        };
        var sentence = (code, problem) switch
        {
            (ExitCode.NotAuthorized, _) => $"{url.GetLeftPart(UriPartial.Authority)} does not accept the key. Run: trader login "
                + $"{url.GetLeftPart(UriPartial.Authority)}",
            (_, { } known) => known.Detail,
            (ExitCode.Unreachable, _) when status == 404 =>
                $"The server at {url.GetLeftPart(UriPartial.Authority)} is not AutoTrader (404 without a problem). Check the URL.",
            _ => FormattableString.Invariant($"{url.GetLeftPart(UriPartial.Authority)} answered {status}."),
        };
        return new(code, sentence) { Body = problem is null ? null : body, ProblemCode = problem?.Rule ?? problem?.Code };
    }

    /// <summary>The failure that an answer is which arrived, and says that it was not done.</summary>
    /// <param name="rule">The code that it gives.</param>
    /// <param name="message">A sentence.</param>
    public static CommandException Undone(string? rule, string message) =>
        new(ByRisk.Contains(rule, StringComparer.Ordinal) ? ExitCode.Risk : ExitCode.Failed, message) { ProblemCode = rule };

    /// <summary>The command's own failure, even where the client wraps exceptions of its handler; null for any other exception.</summary>
    public static CommandException? Find(Exception? failure) =>
        failure switch
        {
            null => null,
            CommandException command => command,
            _ => Find(failure.InnerException),
        };

    /// <summary>A problem as JSON, for failures that did not come from the API.</summary>
    public static string AsProblem(CommandException failure) =>
        failure.Body
        ?? JsonSerializer.Serialize(
            new ProblemView(Title(failure.Code), 0, failure.Message, failure.ProblemCode ?? Word(failure.Code)),
            ContractJson.Responses.GetTypeInfo(typeof(ProblemView))
        );

    /// <summary>The API's problem; null if there is none.</summary>
    public static ProblemView? ProblemOf(CommandException failure) => failure.Body is { } body ? Problem(body) : null;

    private static string Title(ExitCode code) => All.First(it => it.Code == code).Meaning;

    private static string Word(ExitCode code) =>
        code switch
        {
            ExitCode.OutcomeUnknown => "OUTCOME_UNKNOWN",
            ExitCode.Unreachable => "UNREACHABLE",
            ExitCode.Usage => "USAGE",
            ExitCode.NotFound => "NOT_FOUND",
            ExitCode.NotAuthorized => "NOT_AUTHORIZED",
            ExitCode.Conflict => "CONFLICT",
            ExitCode.Risk => "RISK",
            _ => "FAILED",
        };

    private static ProblemView? Problem(string body)
    {
        try
        {
            return
                body.StartsWith('{')
                && JsonSerializer.Deserialize(body, ContractJson.Responses.GetTypeInfo(typeof(ProblemView)))
                    is ProblemView { Code: not null, Detail: not null } problem
                ? problem
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
