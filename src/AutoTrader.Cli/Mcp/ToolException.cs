using System.Text.Json.Nodes;
using AutoTrader.Cli.Client;
using AutoTrader.Contracts;

namespace AutoTrader.Cli.Mcp;

/// <summary>A refusal or failure that a tool tells: a code as the original's, a sentence, and what to do.</summary>
internal sealed class ToolException(string code, string message, string? suggestion = null) : Exception(message)
{
    public const string AccessDenied = "ACCESS_DENIED";
    public const string Validation = CommandException.Validation;

    /// <summary>What exactly, for programs; null for no more.</summary>
    public JsonObject? Details { get; init; }

    /// <summary>What a failure is to a client; null for one that nobody foresaw.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="repeats">Whether the same call with the same key may simply be made again.</param>
    public static ToolException? Of(Exception failure, bool repeats)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case ToolException known:
                    return known;
                case CommandException told:
                    return Of(told, repeats);
                case System.Text.Json.JsonException:
                    return new(ErrorCodes.Unexpected, "The server's answer cannot be read. It may be of another version than this tool.");
                default:
                    break;
            }
        }

        return null;
    }

    /// <summary>The error as the original wrote it.</summary>
    public string ToJson()
    {
        var json = new JsonObject { ["error"] = code, ["message"] = Message };
        if (Details is { Count: > 0 } details)
        {
            json["details"] = details.DeepClone();
        }

        if (suggestion is not null)
        {
            json["suggestion"] = suggestion;
        }

        return json.ToJsonString(ToolJson.Results);
    }

    private static ToolException Of(CommandException failure, bool repeats)
    {
        var problem = Outcomes.ProblemOf(failure);
        var details = new JsonObject();
        if (problem?.Rule is { } rule)
        {
            details["rule"] = rule;
        }

        if (problem is { Errors: { Count: > 0 } errors })
        {
            details["errors"] = System.Text.Json.JsonSerializer.SerializeToNode(errors, ToolJson.Results);
        }

        var (code, suggestion) = (failure.Code, problem) switch
        {
            (ExitCode.OutcomeUnknown, _) => (
                "OUTCOME_UNKNOWN",
                repeats
                    ? "Make the same call again with the same idempotency_key: it is done once."
                    : "Look at what is stored before you make the call again."
            ),
            (ExitCode.NotAuthorized, _) => ("API_KEY_MISSING", "Run trader login for the server, and start this MCP server again."),
            (ExitCode.Unreachable, _) => ("UNREACHABLE", null),
            (_, { } told) => (told.Code, null),
            _ => (failure.ProblemCode ?? (failure.Code == ExitCode.Usage ? Validation : ErrorCodes.Unexpected), (string?)null),
        };
        return new(code, failure.Message, suggestion) { Details = details };
    }
}
