using System.CommandLine;
using System.Globalization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AutoTrader.LocalHost.Hosting;

/// <summary>The command line of the local host. An option overrides its setting.</summary>
internal static class LocalHostCommand
{
    /// <summary>Runs the app until it is stopped.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="app">Which app, before its settings and options are read.</param>
    /// <param name="configure">Composes the app.</param>
    /// <returns>The exit code: 0 when it was stopped, 1 when it did not start (stderr says why in a sentence) or wrong options were
    /// given.</returns>
    public static Task<int> RunAsync(
        string[] arguments,
        LocalHostOptions app,
        Action<IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder> configure
    )
    {
        var port = new Option<int?>("--port") { Description = "The port on 127.0.0.1; 0 for any free one.", HelpName = "number" };
        var speed = new Option<double?>("--speed")
        {
            Description = "Replay: virtual seconds per second at most; 0 for as fast as it can.",
            HelpName = "factor",
        };
        var from = new Option<string?>("--from")
        {
            Description = "Replay: where it starts, e.g. 2026-02-02T09:29:00-05:00.",
            HelpName = "instant",
        };
        var to = new Option<string?>("--to") { Description = "Replay: where virtual time stops.", HelpName = "instant" };
        var realTime = new Option<bool>("--real-time") { Description = "Use the wall clock, even if the settings request a replay." };
        var memory = new Option<bool>("--memory") { Description = "Keep everything in memory; nothing is left on disk." };
        var noAzurite = new Option<bool>("--no-azurite") { Description = "Do not start Azurite; storage is already running." };
        var only = new Option<string[]>("--only")
        {
            Description = "Serve only these triggers: http, timers, durable. For one app in several processes on one storage.",
            HelpName = "groups",
            AllowMultipleArgumentsPerToken = true,
        };
        only.AcceptOnlyFromAmong("http", "timers", "durable");
        speed.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is < 0 or double.NaN)
            {
                result.AddError("--speed is 0 or more.");
            }
        });
        var command = new RootCommand("Runs the function app on this machine, without the Azure Functions host.")
        {
            port,
            speed,
            from,
            to,
            realTime,
            memory,
            noAzurite,
            only,
        };
        command.SetAction(
            (options, cancellationToken) =>
                RunAsync(
                    app with
                    {
                        StartsAzurite = !options.GetValue(noAzurite),
                        InMemory = options.GetValue(memory),
                        Groups = options.GetValue(only) is { Length: > 0 } groups
                            ? groups.Aggregate(TriggerGroups.None, (all, group) => all | Enum.Parse<TriggerGroups>(group, ignoreCase: true))
                            : TriggerGroups.All,
                        Settings = Given(
                            ("LocalHost:Port", options.GetValue(port)?.ToString(CultureInfo.InvariantCulture)),
                            ("LocalHost:Replay:Speed", options.GetValue(speed)?.ToString(CultureInfo.InvariantCulture)),
                            ("LocalHost:Replay:Start", options.GetValue(realTime) ? "" : options.GetValue(from)),
                            ("LocalHost:Replay:End", options.GetValue(to))
                        ),
                    },
                    configure,
                    cancellationToken
                )
        );

        // The host itself listens to Ctrl+C and SIGTERM: it lets what runs come to its end.
        return command.Parse(arguments).InvokeAsync(new() { ProcessTerminationTimeout = null });
    }

    private static Dictionary<string, string?> Given(params (string Name, string? Value)[] settings) =>
        settings
            .Where(setting => setting.Value is not null)
            .ToDictionary(setting => setting.Name, setting => setting.Value, StringComparer.OrdinalIgnoreCase);

    private static async Task<int> RunAsync(
        LocalHostOptions options,
        Action<IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder> configure,
        CancellationToken cancellationToken
    )
    {
        LocalFunctionsHost host;
        try
        {
            LocalFiles.EnterRepository();
            host = await LocalFunctionsHost.StartAsync(options, configure, cancellationToken);
        }
        catch (Exception failure) when (StartFailures.Sentence(failure) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return 1;
        }

        await using (host)
        {
            await StoppingAsync(host);
            if (host.Fault is { } fault)
            {
                // Storage is gone: finishing running work would only fill the console.
                await Console.Error.WriteLineAsync(fault);
                Environment.Exit(1);
            }

            await host.StopAsync(CancellationToken.None);
        }

        return 0;
    }

    private static async Task StoppingAsync(LocalFunctionsHost host)
    {
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = host
            .Services.GetRequiredService<IHostApplicationLifetime>()
            .ApplicationStopping.Register(stopping.SetResult);
        await stopping.Task;
    }
}
