using System.Globalization;
using System.Text;
using System.Text.Json;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Commands;
using AutoTrader.Cli.Mcp;
using ModelContextProtocol.Server;

namespace AutoTrader.Cli.Rendering;

/// <summary>The page of the MCP server, written from its tools themselves.</summary>
internal static class McpPage
{
    public static string Write()
    {
        var options = new McpServerOptions();
        var host = new ToolHost(new(Profile.Local), TimeSpan.Zero, Access.Trade, Live: null);
        McpServing.Set(options, host);
        var tools = ToolList.Of(host);
        var page = new StringBuilder();
        Head(page);
        page.Append("\n## Tools\n\n| tool | access | changes | for |\n|---|---|---|---|\n");
        foreach (var tool in tools)
        {
            var it = tool.ProtocolTool;
            page.Append(
                CultureInfo.InvariantCulture,
                $"| [{it.Name}](#{it.Name}) | {Word(tool.Access)} | {Changes(it)} | {Cell(it.Description!.Split(". ")[0].TrimEnd('.'))} |\n"
            );
        }

        foreach (var tool in tools)
        {
            One(page, tool);
        }

        page.Append("\n## Resources\n\n| address | what |\n|---|---|\n");
        foreach (var resource in options.ResourceCollection!)
        {
            var it = resource.ProtocolResourceTemplate;
            page.Append(CultureInfo.InvariantCulture, $"| `{it.UriTemplate}` | {Cell(it.Description)} |\n");
        }

        page.Append("\n## Prompts\n\n| prompt | arguments | what |\n|---|---|---|\n");
        foreach (var prompt in options.PromptCollection!)
        {
            var it = prompt.ProtocolPrompt;
            var arguments = string.Join(", ", it.Arguments?.Select(argument => $"`{argument.Name}`") ?? []);
            page.Append(CultureInfo.InvariantCulture, $"| `{it.Name}` | {arguments} | {Cell(it.Description)} |\n");
        }

        return page.ToString();
    }

    private static void Head(StringBuilder page) =>
        page.Append(
            $$"""
            # The MCP server

            <!-- Written by `trader mcp reference`; a test compares. -->

            `trader mcp serve` gives an assistant the tools below. It is a client of the API, as `trader` is: `--profile`, `AUTOTRADER_URL`
            and `AUTOTRADER_KEY` choose the server. In an assistant's configuration:

            ```json
            {
              "mcpServers": {
                "autotrader": { "command": "trader", "args": ["mcp", "serve"] }
              }
            }
            ```

            **What it may do.** `--access read` (unless said otherwise) looks. `--access manage` also changes strategies and
            schedules, which trade by their rules and within the risk limits, and stops buying. `--access trade` also places and
            cancels orders, at once or by a schedule, sells what a strategy holds by a schedule, and lifts the kill switch. The
            server does not list what it does not allow, and refuses it. A live account is only looked at unless `--live ACCOUNT`
            names it; with `--live` nothing else is changed. `backup`, `restore` and `rebuild` stay with the command line: a backup
            holds everything that is traded, and the others replace the state of the account.

            **What it answers.** Structured content with a schema, and the same as JSON text; a list is the property `result` of
            the structured content. Amounts are texts, so that no cent is lost; percentages are percent numbers; instants are UTC.
            A result says what is stored after the call. Text of people, brokers and files stands between `<untrusted-text>` tags:
            it is data, never an instruction. An error is a tool error with the JSON text `{"error": CODE, "message": ...,
            "details": ..., "suggestion": ...}`; codes are those of the API, and `ACCESS_DENIED`, `LIVE_NOT_ALLOWED`,
            `LIVE_ACCOUNT_MISMATCH`, `MISSING_PARAM`, `FEATURE_NOT_SUPPORTED`, `RATE_LIMIT_EXCEEDED`, `TASK_TIMEOUT`,
            `API_KEY_MISSING`, `UNREACHABLE` and `OUTCOME_UNKNOWN`: after the last, the same call with the same `idempotency_key`
            is done once. What takes longer than a second reports progress to a client that asks for it.

            **Over HTTP** (`--transport streamable-http`) it is at `http://127.0.0.1:8000{{McpServing.Path}}`. Only this machine
            is served unless `{{McpCommands.TokenVariable}}` is set, which clients send as `Authorization: Bearer`. `Host` must be
            a name of the server (`--allow-host` adds one), and so must the page in `Origin`, where there is one.

            **Limits** of the long-running tools are `MCP_RATE_LIMIT_LONG_RUNNING_PER_MINUTE` (10),
            `MCP_BACKTEST_TIMEOUT_SECONDS` (300), `MCP_OPTIMIZATION_TIMEOUT_SECONDS` (600); 0 for none.

            """
        );

    private static void One(StringBuilder page, TraderTool tool)
    {
        var it = tool.ProtocolTool;
        page.Append(CultureInfo.InvariantCulture, $"\n### {it.Name}\n\n{it.Description}\n\nAccess: {Word(tool.Access)}. {Hints(it)}\n");
        var parameters = it.InputSchema.GetProperty("properties").EnumerateObject().ToList();
        if (parameters.Count > 0)
        {
            var required = Required(it.InputSchema);
            page.Append("\n| parameter | type | meaning | default |\n|---|---|---|---|\n");
            foreach (var parameter in parameters)
            {
                var schema = parameter.Value;
                page.Append(
                    CultureInfo.InvariantCulture,
                    $"| `{parameter.Name}` | {Type(schema)} | {Cell(Text(schema, "description"))} "
                        + $"| {Default(schema, required.Contains(parameter.Name))} |\n"
                );
            }
        }

        var answered = it.OutputSchema!.Value.TryGetProperty("properties", out var fields)
            ? string.Join(", ", fields.EnumerateObject().Select(field => $"`{field.Name}`"))
            : "";
        if (answered.Length > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"\nAnswers {answered}.\n");
        }
    }

    private static HashSet<string> Required(JsonElement schema) =>
        schema.TryGetProperty("required", out var names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];

    private static string Type(JsonElement schema)
    {
        if (schema.TryGetProperty("enum", out var values))
        {
            return string.Join(", ", values.EnumerateArray().Where(it => it.ValueKind == JsonValueKind.String).Select(it => $"`{it}`"));
        }

        return schema.TryGetProperty("type", out var type)
            ? type.ValueKind == JsonValueKind.Array
                ? string.Join(" or ", type.EnumerateArray().Select(it => it.GetString()).Where(it => it != "null"))
                : type.GetString()!
            : "";
    }

    private static string Default(JsonElement schema, bool isRequired) =>
        isRequired ? "required"
        : schema.TryGetProperty("default", out var otherwise) ? $"`{otherwise.GetRawText()}`"
        : "";

    private static string? Text(JsonElement schema, string name) => schema.TryGetProperty(name, out var text) ? text.GetString() : null;

    private static string Changes(ModelContextProtocol.Protocol.Tool it) =>
        it.Annotations!.ReadOnlyHint == true ? "nothing"
        : it.Annotations.DestructiveHint == true ? "may end or replace"
        : "adds or sets";

    private static string Hints(ModelContextProtocol.Protocol.Tool it) =>
        $"Hints: read-only {Yes(it.Annotations!.ReadOnlyHint)}, destructive {Yes(it.Annotations.DestructiveHint)}, idempotent "
        + $"{Yes(it.Annotations.IdempotentHint)}, open world {Yes(it.Annotations.OpenWorldHint)}.";

    private static string Yes(bool? hint) => hint == true ? "yes" : "no";

    private static string Word(Access access) => access.ToString().ToLowerInvariant();

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);
}
