using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AutoTrader.Cli.Client;
using AutoTrader.Cli.Client.Backtests;
using AutoTrader.Cli.Mcp;
using AutoTrader.Cli.Rendering;

namespace AutoTrader.Cli.Commands;

/// <summary>The MCP server, for assistants.</summary>
internal static class McpCommands
{
    /// <summary>The token that HTTP clients must send.</summary>
    public const string TokenVariable = "AUTOTRADER_MCP_TOKEN";

    private const string Stdio = "stdio";
    private const string Http = "streamable-http";
    private const int ShortestToken = 16;

    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    public static Command Of(TraderCli cli) => TraderCli.Group("mcp", "The MCP server, for assistants.", Serve(cli), Reference(cli));

    private static CliCommand Serve(TraderCli cli)
    {
        var transport = Choice("--transport", "How assistants reach it.", Stdio, Stdio, Http);
        var host = new Option<string>("--host")
        {
            Description = $"Over HTTP: the address to listen on. Any but localhost needs {TokenVariable}.",
            HelpName = "address",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var port = WholeNumber.Of("--port", "Over HTTP: the port; 0 for any free one.", "number", otherwise: 8000, least: 0, most: 65_535);
        var mount = new Option<string?>("--mount-path")
        {
            Description = $"Has no effect: over HTTP it is at {McpServing.Path}.",
            HelpName = "path",
        };
        var certificate = new Option<string?>("--ssl-certfile")
        {
            Description = "Over HTTPS: the certificate, PEM. Needs --ssl-keyfile.",
            HelpName = "file",
        };
        var key = new Option<string?>("--ssl-keyfile") { Description = "Over HTTPS: its private key, PEM.", HelpName = "file" };
        var allowed = new Option<string[]>("--allow-host")
        {
            Description = "Over HTTP: another host name clients may use; may be repeated.",
            HelpName = "name",
        };
        var access = Choice(
            "--access",
            "What assistants may do: read only reads; manage also changes strategies and schedules and stops buying; trade also "
                + "places orders.",
            "read",
            "read",
            "manage",
            "trade"
        );
        var live = new Option<string?>("--live")
        {
            Description = "The live account, with real money, that may be changed. Without it a live account is read-only.",
            HelpName = "account",
        };
        return cli.Command(
            "serve",
            "Serves tools to an assistant as a client of the profile's server. It is read-only unless --access allows more.",
            async session =>
            {
                var tools = new ToolHost(
                    session.Profile,
                    session.Limit,
                    Enum.Parse<Access>(session.Get(access)!, ignoreCase: true),
                    session.Get(live)
                )
                {
                    Clock = session.Terminal.Clock,
                    Backtests = BacktestFolders.Kept(session.Terminal, null),
                    Optimizations = BacktestFolders.Optimizations(session.Terminal, null),
                    Prices = BacktestFolders.OfPrices(session.Terminal, null),
                    Source = session.Prices,
                }.WithLimitsOf(session.Terminal.Variable);
                if (session.Get(transport) == Stdio)
                {
                    await McpServing.StdioAsync(tools, session.Cancellation);
                    return;
                }

                var listening = Listening(
                    session,
                    session.Get(host)!,
                    session.Get(port),
                    Certificate(session.Get(certificate), session.Get(key)),
                    session.Get(allowed) ?? []
                );
                await McpServing.HttpAsync(
                    tools,
                    listening,
                    address => session.Note($"MCP server on {address}, access {session.Get(access)}"),
                    session.Cancellation
                );
            },
            [transport, host, port, mount, certificate, key, allowed, access, live],
            "trader mcp serve",
            "trader mcp serve --access manage --profile work",
            "trader mcp serve --transport streamable-http --port 8000"
        );
    }

    private static CliCommand Reference(TraderCli cli) =>
        cli.Command(
            "reference",
            "Prints every tool, resource and prompt as Markdown.",
            session =>
            {
                session.Print(McpPage.Write());
                return Task.CompletedTask;
            },
            [],
            "trader mcp reference > docs/mcp.md"
        );

    private static HttpListening Listening(
        Session session,
        string host,
        int port,
        X509Certificate2? certificate,
        IReadOnlyList<string> allowed
    )
    {
        var address =
            host == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(host.Trim('[', ']'), out var parsed) ? parsed
            : throw new CommandException(ExitCode.Usage, $"--host is localhost or an IP address, not '{host}'.");
        var token = session.Terminal.Variable(TokenVariable) is { Length: > 0 } given ? given : null;
        if (token is null && !IPAddress.IsLoopback(address))
        {
            throw new CommandException(
                ExitCode.Usage,
                $"This would serve other machines. Set {TokenVariable} to a secret that clients must send as "
                    + "Authorization: Bearer, or omit --host."
            );
        }

        if (token is { Length: < ShortestToken })
        {
            throw new CommandException(
                ExitCode.Usage,
                FormattableString.Invariant($"{TokenVariable} is too easy to guess: give it {ShortestToken} characters or more.")
            );
        }

        if (certificate is null && !IPAddress.IsLoopback(address))
        {
            session.Note("Without --ssl-certfile the token is sent unencrypted: put an HTTPS proxy in front.");
        }

        var name = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        return new(address, port, certificate, new([.. Loopback, name, .. allowed], token));
    }

    private static X509Certificate2? Certificate(string? certificate, string? key)
    {
        if ((certificate is null) != (key is null))
        {
            throw new CommandException(ExitCode.Usage, "--ssl-certfile and --ssl-keyfile go together.");
        }

        try
        {
            return certificate is null ? null : X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (CryptographicException failure)
        {
            throw new CommandException(ExitCode.Failed, $"{certificate} and {key} are not a certificate with its key: {failure.Message}");
        }
    }

    private static Option<string> Choice(string name, string description, string otherwise, params string[] values)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => otherwise };
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
