using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace AutoTrader.Cli.Tests.Mcp;

/// <summary>The MCP server over HTTP in this process, as the command line starts it.</summary>
internal sealed class Served : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task<int> _running = Task.FromResult(0);

    public Uri Address => _address.Task.Result;

    public static async Task<Served> StartAsync(Trader trader, params string[] arguments)
    {
        var served = new Served();
        using var input = new StringReader("");
        var error = new Listener(served._address);
        var terminal = new Terminal(TextWriter.Null, error, input, name => trader.Variables.GetValueOrDefault(name))
        {
            Clock = trader.Clock,
        };
        served._running = TraderCli.RunAsync(
            ["mcp", "serve", "--transport", "streamable-http", "--port", "0", .. arguments],
            terminal,
            served._stop.Token
        );
        if (await Task.WhenAny(served._address.Task, served._running) == served._running)
        {
            throw new InvalidOperationException($"It ended with {await served._running}: {error}");
        }

        return served;
    }

    public Task<McpClient> ConnectAsync() =>
        McpClient.CreateAsync(
            new HttpClientTransport(new() { Endpoint = Address, TransportMode = HttpTransportMode.StreamableHttp }),
            cancellationToken: TestContext.Current.CancellationToken
        );

    /// <summary>Calls a tool, and answers whether that is an error, and its text.</summary>
    /// <param name="name">The tool.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="onProgress">Is told how far it has come.</param>
    /// <param name="until">The client stays until then: it may be told of progress after it has the answer.</param>
    public async Task<(bool IsError, JsonNode Text)> CallAsync(
        string name,
        Dictionary<string, object?>? arguments = null,
        Action<string>? onProgress = null,
        Task? until = null
    )
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var client = await ConnectAsync();
        await using var told = client.RegisterNotificationHandler(NotificationMethods.ProgressNotification, (notification, _) =>
        {
            onProgress?.Invoke(notification.Params!["message"]!.GetValue<string>());
            return ValueTask.CompletedTask;
        });
        var progress = onProgress is null ? null : new Progress<ProgressNotificationValue>();
        var result = await client.CallToolAsync(name, arguments ?? [], progress, cancellationToken: cancellation);
        if (until is not null && result.IsError != true)
        {
            await until.WaitAsync(TimeSpan.FromMinutes(5), cancellation);
        }

        return (result.IsError ?? false, JsonNode.Parse(((TextContentBlock)result.Content[0]).Text)!);
    }

    /// <summary>Calls a tool that must refuse, and answers the error.</summary>
    public async Task<JsonNode> RefusedAsync(string name, Dictionary<string, object?>? arguments = null)
    {
        var (isError, text) = await CallAsync(name, arguments);
        isError.ShouldBeTrue(text.ToJsonString());
        return text;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        (await _running).ShouldBe(0);
        _stop.Dispose();
    }

    /// <summary>Finds the address in what is told.</summary>
    private sealed class Listener(TaskCompletionSource<Uri> address) : StringWriter
    {
        private const string Announcement = "MCP server on ";

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith(Announcement, StringComparison.Ordinal) == true)
            {
                address.TrySetResult(new(value[Announcement.Length..].Split(',')[0]));
            }
        }
    }
}
