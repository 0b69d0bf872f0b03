using System.Data.Common;
using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace AutoTrader.Functions.Observability;

/// <summary>
/// Where logs, spans and measurements go (docs/architecture.md, "Observability"): to Azure Monitor when
/// <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c> is set, to an OTLP endpoint when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is, otherwise to the
/// console.
/// </summary>
internal static class ObservabilityRegistration
{
    /// <summary>The setting that says where Azure Monitor is.</summary>
    public const string ConnectionSetting = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    private const string Console = "console";
    private const string AuthenticationSetting = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    // A cycle a minute fits whole; a burst of requests is sampled.
    private const double TracesPerSecond = 1;

    /// <summary>Adds the instruments and their exporters.</summary>
    public static void AddObservability(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<Telemetry>();
        AddLog(builder);
        AddExporters(builder.Services, builder.Configuration);
    }

    private static void AddLog(IHostApplicationBuilder builder)
    {
        // Both log whole addresses, which may include keys; host.json does not control the worker's log.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
    }

    private static void AddExporters(IServiceCollection services, IConfiguration configuration)
    {
        var azure = configuration[ConnectionSetting];
        var toAzure = !string.IsNullOrEmpty(azure);
        var toOtlp = !string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

        // The console has the log; spans and measurements, which would drown it, only when their standard settings ask for them.
        var spansToConsole = !toAzure && !toOtlp && configuration["OTEL_TRACES_EXPORTER"] == Console;
        var measuresToConsole = !toAzure && !toOtlp && configuration["OTEL_METRICS_EXPORTER"] == Console;
        if (!toAzure && !toOtlp && !spansToConsole && !measuresToConsole)
        {
            return;
        }

        var telemetry = services
            .AddOpenTelemetry()
            .UseFunctionsWorkerDefaults()
            .WithTracing(tracing =>
                _ = spansToConsole ? tracing.AddSource(Telemetry.Name).AddConsoleExporter() : tracing.AddSource(Telemetry.Name)
            )
            .WithMetrics(metrics =>
                _ = measuresToConsole ? metrics.AddMeter(Telemetry.Name).AddConsoleExporter() : metrics.AddMeter(Telemetry.Name)
            );
        if (toOtlp)
        {
            telemetry.WithLogging().UseOtlpExporter();
        }

        if (toAzure)
        {
            var credential = Credential(configuration[AuthenticationSetting]);
            void Configure(AzureMonitorExporterOptions options)
            {
                (options.ConnectionString, options.Credential, options.TracesPerSecond) = (azure, credential, TracesPerSecond);

                // Alerts read the log: no line of it is left out because its trace was.
                options.EnableTraceBasedLogsSampler = false;
            }

            telemetry
                .WithTracing(tracing => tracing.AddAzureMonitorTraceExporter(Configure))
                .WithMetrics(metrics => metrics.AddAzureMonitorMetricExporter(Configure))
                .WithLogging(logging => logging.AddAzureMonitorLogExporter(Configure));
        }
    }

    /// <summary>
    /// The identity by which measurements are sent; null where the connection string alone is enough. In the form that the Functions host
    /// reads too: <c>Authorization=AAD;ClientId=...</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">It has another form.</exception>
    internal static TokenCredential? Credential(string? setting)
    {
        if (string.IsNullOrWhiteSpace(setting))
        {
            return null;
        }

        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = setting };
            if (
                parts.TryGetValue("Authorization", out var kind) && string.Equals(kind as string, "AAD", StringComparison.OrdinalIgnoreCase)
            )
            {
                var clientId = parts.TryGetValue("ClientId", out var client) ? client as string : null;
                return new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = clientId });
            }
        }
        catch (ArgumentException)
        {
            // Said below.
        }

        throw new InvalidOperationException(
            $"The setting {AuthenticationSetting} is '{setting}'. "
                + "It must be Authorization=AAD, with ;ClientId=... for a user-assigned identity."
        );
    }
}
