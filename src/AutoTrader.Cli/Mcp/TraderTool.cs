using System.Text.Json;
using System.Text.Json.Nodes;
using AutoTrader.Contracts;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AutoTrader.Cli.Mcp;

/// <summary>A tool. What all of them share stands here: arguments, access, limits, results, errors, progress.</summary>
internal sealed class TraderTool : McpServerTool
{
    private const string NothingKept = "nothing was kept.";

    private readonly ToolHost _host;
    private readonly Type _arguments;
    private readonly Func<ToolCall, object, Task<object>> _run;

    private TraderTool(ToolHost host, Tool protocol, Access access, Type arguments, Func<ToolCall, object, Task<object>> run)
    {
        (_host, ProtocolTool, Access, _arguments, _run) = (host, protocol, access, arguments, run);
        IsKeyed = protocol.InputSchema.GetProperty("properties").TryGetProperty("idempotency_key", out _);
    }

    public override Tool ProtocolTool { get; }

    public override IReadOnlyList<object> Metadata => [];

    /// <summary>Who may call it.</summary>
    public Access Access { get; }

    /// <summary>How long it may take, where the calls of its kind are counted; null for a tool that is quick.</summary>
    public TimeSpan? LongRunning { get; init; }

    /// <summary>What became of the work of a long-running tool that took too long.</summary>
    private string Stopped { get; init; } = NothingKept;

    private bool IsKeyed { get; }

    /// <summary>A tool.</summary>
    /// <typeparam name="TArguments">What it takes: a record whose parameters are the tool's, described.</typeparam>
    /// <typeparam name="TResult">What it answers.</typeparam>
    public static TraderTool Of<TArguments, TResult>(
        ToolHost host,
        string name,
        Access access,
        Hints hints,
        string description,
        Func<ToolCall, TArguments, Task<TResult>> run,
        TimeSpan? longRunning = null,
        string stopped = NothingKept
    )
        where TArguments : class
        where TResult : class =>
        new(
            host,
            new()
            {
                Name = name,
                Description = description,
                InputSchema = Element(ToolJson.InputSchema(typeof(TArguments))),
                OutputSchema = Element(ToolJson.OutputSchema(typeof(TResult))),
                Annotations = new()
                {
                    ReadOnlyHint = hints.IsReadOnly,
                    DestructiveHint = hints.IsDestructive,
                    IdempotentHint = hints.IsIdempotent,
                    OpenWorldHint = hints.IsOpenWorld,
                },
            },
            access,
            typeof(TArguments),
            async (call, arguments) => await run(call, (TArguments)arguments)
        )
        {
            LongRunning = longRunning,
            Stopped = stopped,
        };

    public override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var call = new ToolCall(_host, Progress(request, limit.Token), limit.Token);
            call.Require(Access, ProtocolTool.Name);
            var arguments = Arguments(request.Params?.Arguments);
            var result = ToolJson.Write(await LimitedAsync(call, arguments, limit, cancellationToken));
            return new()
            {
                Content = [new TextContentBlock { Text = result.ToJsonString(ToolJson.Results) }],
                StructuredContent = Element(ToolJson.Structured(result)),
                Meta = call.Account is { } account
                    ? new JsonObject { ["account"] = account, ["mode"] = EngineView.IsLive(account) ? "LIVE" : "PAPER" }
                    : null,
            };
        }
        catch (Exception failure) when (ToolException.Of(failure, IsKeyed) is { } told)
        {
            return Refused(told);
        }
    }

    public static CallToolResult Refused(ToolException error) =>
        new() { IsError = true, Content = [new TextContentBlock { Text = error.ToJson() }] };

    private async Task<object> LimitedAsync(
        ToolCall call,
        object arguments,
        CancellationTokenSource limit,
        CancellationToken cancellationToken
    )
    {
        if (LongRunning is not { } longest)
        {
            return await _run(call, arguments);
        }

        _host.LongRunning.Take();
        if (longest > TimeSpan.Zero)
        {
            limit.CancelAfter(longest);
        }

        try
        {
            // The work is canceled, too; what of it does not look at once is not waited for.
            return await _run(call, arguments).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ToolException(
                "TASK_TIMEOUT",
                FormattableString.Invariant($"It took longer than {longest.TotalSeconds:0.###} s and was stopped; {Stopped}")
            );
        }
    }

    // What is wrong with arguments is said by name: an assistant mends what it is told.
    private object Arguments(IDictionary<string, JsonElement>? given)
    {
        var schema = ProtocolTool.InputSchema;
        var known = schema.GetProperty("properties");
        var json = new JsonObject();
        foreach (var (name, value) in given ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal))
        {
            if (!known.TryGetProperty(name, out _))
            {
                var names = string.Join(", ", known.EnumerateObject().Select(property => property.Name));
                throw Wrong($"There is no parameter {name}. {(names.Length > 0 ? "There are: " + names : "The tool takes none")}.");
            }

            // Assistants write null for what they do not give.
            if (value.ValueKind != JsonValueKind.Null)
            {
                json[name] = JsonNode.Parse(value.GetRawText());
            }
        }

        if (
            schema.TryGetProperty("required", out var required)
            && required.EnumerateArray().Select(name => name.GetString()!).FirstOrDefault(name => json[name] is null) is { } missing
        )
        {
            throw new ToolException("MISSING_PARAM", $"Give the parameter {missing}.");
        }

        try
        {
            return json.Deserialize(_arguments, ToolJson.Arguments)!;
        }
        catch (JsonException failure)
        {
            var name = failure.Path?.Split('.', '[', ']').FirstOrDefault(part => part is not ("$" or "")) ?? "";
            throw Wrong(
                known.TryGetProperty(name, out var property)
                    ? $"{name} is not as the tool takes it: {property.GetRawText()}"
                    : "The arguments are not as the tool takes them."
            );
        }
    }

    private static ToolException Wrong(string message) => new(ToolException.Validation, message);

    private static Func<int, string, Task>? Progress(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken) =>
        request.Params?.ProgressToken is { } token
            ? (seconds, message) =>
                request.Server.NotifyProgressAsync(
                    token,
                    new() { Progress = seconds, Message = message },
                    cancellationToken: cancellationToken
                )
            : null;

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);
}
