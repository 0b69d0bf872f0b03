using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json.Nodes;
using AutoTrader.Functions.Observability;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;

namespace AutoTrader.Infra.Tests;

/// <summary>What the real exporter sends to Azure Monitor, as the queries of the portal read it.</summary>
public sealed class TelemetryWireTests
{
    [Fact]
    public async Task Events_and_measurements_arrive_under_the_names_that_the_queries_use()
    {
        var sent = await SendAsync();
        var messages = sent.Where(item => (string?)item["data"]?["baseType"] == "MessageData")
            .Select(item => item["data"]!["baseData"]!["properties"]!.AsObject())
            .ToList();
        var raised = messages.Where(fields => (string?)fields["EventId"] == "1009").ShouldHaveSingleItem();
        (
            (string?)raised["Code"],
            (string?)raised["Key"],
            (string?)raised["Severity"],
            (string?)raised["Message"],
            (string?)raised["EventName"],
            (string?)raised["CategoryName"]
        ).ShouldBe(("UNPROTECTED", "strategy|s1", "high", "what happened", "AttentionRaised", EngineEventLog.Category));
        var run = messages.Where(fields => (string?)fields["EventId"] == "1101").ShouldHaveSingleItem();
        ((string?)run["ScheduleId"], (string?)run["Status"], (string?)run["Action"]).ShouldBe(("sch1", "fired", "strategy_start"));

        var metrics = sent.Where(item => (string?)item["data"]?["baseType"] == "MetricData")
            .Select(item => item["data"]!["baseData"]!.AsObject())
            .ToList();
        var cycle = metrics.Where(metric => (string?)metric["metrics"]![0]!["name"] == "autotrader.cycle.duration").ShouldHaveSingleItem();
        (
            (double)cycle["metrics"]![0]!["value"]!,
            (int)cycle["metrics"]![0]!["count"]!,
            (string?)cycle["properties"]!["result"],
            (string?)cycle["properties"]!["cause"]
        ).ShouldBe((0.012, 1, "stopped", "timer"));
        metrics.Select(metric => (string?)metric["metrics"]![0]!["name"]).ShouldContain("autotrader.notifications");
    }

    [Fact]
    public async Task A_line_of_the_log_arrives_though_its_trace_is_sampled_away()
    {
        var sent = await SendAsync(bursts: 200);
        sent.Count(item =>
                (string?)item["data"]?["baseType"] == "MessageData"
                && (string?)item["data"]!["baseData"]!["properties"]!["EventId"] == "1009"
            )
            .ShouldBe(201);
    }

    private static async Task<List<JsonObject>> SendAsync(int bursts = 0)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var received = new ConcurrentQueue<string>();
        var web = WebApplication.CreateSlimBuilder();
        web.Logging.ClearProviders();
        web.WebHost.UseUrls("http://127.0.0.1:0");
        await using var ingestion = web.Build();
        ingestion.Run(async context =>
        {
            await using var body =
                context.Request.Headers.ContentEncoding == "gzip"
                    ? new GZipStream(context.Request.Body, CompressionMode.Decompress)
                    : context.Request.Body;
            using var reader = new StreamReader(body);
            var text = await reader.ReadToEndAsync(context.RequestAborted);
            var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            foreach (var line in lines)
            {
                received.Enqueue(line);
            }

            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(
                $$"""{"itemsReceived":{{lines.Length}},"itemsAccepted":{{lines.Length}},"errors":[]}""",
                context.RequestAborted
            );
        });
        await ingestion.StartAsync(cancellation);

        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] =
            $"InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint={ingestion.Urls.Single()}/";
        builder.AddObservability();
        using (var host = builder.Build())
        {
            await host.StartAsync(cancellation);
            EmittedNames.EmitEverything(host.Services);
            for (var burst = 0; burst < bursts; burst++)
            {
                using var cycle = Telemetry.Activities.StartActivity("cycle");
                EmittedNames.EmitAttention(host.Services);
            }

            host.Services.GetRequiredService<LoggerProvider>().ForceFlush();
            host.Services.GetRequiredService<MeterProvider>().ForceFlush();
            await host.StopAsync(cancellation);
        }

        await ingestion.StopAsync(cancellation);
        return [.. received.Select(line => JsonNode.Parse(line)!.AsObject())];
    }
}
