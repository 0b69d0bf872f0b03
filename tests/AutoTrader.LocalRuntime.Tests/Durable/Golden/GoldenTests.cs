using System.Text.Json;
using System.Text.Json.Nodes;
using AutoTrader.LocalRuntime.Durable.Storage;
using AutoTrader.Testing;
using Conformance;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace AutoTrader.LocalRuntime.Tests.Durable.Golden;

/// <summary>Every scenario of the conformance kit: what the real engines were seen to do. Where they differ, client rules follow the host, all else the engine in memory.</summary>
public sealed class GoldenTests(AzuriteFixture azurite)
{
    // What was recorded, and what follows from it for the same orchestrators with other inputs and steps.
    private static readonly List<JsonNode?> Scenarios = [.. Read("scenarios.json"), .. Read("more.json")];

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Ids => [.. Scenarios.Select(scenario => (string)scenario!["id"]!)];

    [Theory]
    [MemberData(nameof(Ids))]
    public Task A_scenario_comes_out_as_on_the_real_engine(string id) => RunAsync(id, new MemoryDurableStore());

    [Theory]
    [InlineData("act-sequence")]
    [InlineData("event-before-wait")]
    [InlineData("can-preserve")]
    [InlineData("sub-explicit-id")]
    [InlineData("retry-backoff")]
    [InlineData("payload-large-output")]
    [InlineData("client-purge-finished")]
    [InlineData("client-start-completed-id")]
    public Task A_scenario_comes_out_the_same_on_tables(string id) => RunAsync(id, new TableDurableStore(azurite.ConnectionString, $"g{Guid.NewGuid():N}"));

    private static JsonArray Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Durable", "Golden", file)))!["scenarios"]!.AsArray();

    private static async Task RunAsync(string id, IDurableStore store)
    {
        var scenario = Scenarios.Single(one => (string)one!["id"]! == id)!.AsObject();
        await using var host = await GoldenHost.StartAsync(store);
        var run = new Run(scenario, host.Client);
        await run.DriveAsync();
        await run.CompareAsync();
    }

    private sealed class Run(JsonObject scenario, DurableTaskClient client)
    {
        private readonly string _main = Guid.NewGuid().ToString("N");
        private readonly SortedSet<string> _labels = ["main"];
        private readonly Dictionary<int, JsonObject> _steps = [];

        private JsonObject Observed
        {
            get
            {
                var observed = scenario["observed"]!.AsObject();
                return (observed["both"] ?? observed[IsClient ? "azureStorage" : "inProcess"])!.AsObject();
            }
        }

        private bool IsClient => ((string)scenario["id"]!).StartsWith("client-", StringComparison.Ordinal);

        public async Task DriveAsync()
        {
            var number = 0;
            foreach (var step in scenario["steps"]!.AsArray().Select(step => step!.AsObject()))
            {
                number++;
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds((double?)step["limit"] ?? 60));
                var seen = new JsonObject();
                try
                {
                    await StepAsync(step, seen, limit.Token);
                }
                catch (OperationCanceledException)
                {
                    seen["exception"] = "no answer within the limit";
                }
                catch (Exception failure)
                {
                    seen["exception"] = failure.GetType().FullName;
                    seen["message"] = failure.Message;
                }

                _steps[number] = seen;
            }
        }

        public async Task CompareAsync()
        {
            if (Observed["steps"] is JsonObject steps)
            {
                foreach (var (number, expected) in steps)
                    CompareStep(expected!.AsObject(), _steps[int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)]);
            }

            foreach (var (number, seen) in _steps.Where(step => step.Value["exception"] is not null))
                (Observed["steps"]?[number.ToString(System.Globalization.CultureInfo.InvariantCulture)]?["exception"]).ShouldNotBeNull($"step {number}: {seen}");
            if (IsForeign)
            {
                var ended = (await client.GetInstanceAsync(_main, getInputsAndOutputs: true))!;
                ended.RuntimeStatus.ShouldBe(OrchestrationRuntimeStatus.Failed);
                ended.FailureDetails!.ErrorMessage.ShouldContain("Task.Delay, Task.Run");
                return;
            }

            foreach (var (label, expected) in Observed["instances"]!.AsObject())
            {
                var id = IdOf(label);
                CompareState(expected!.AsObject(), await StateAsync(id, payloads: true), label);
                if (expected["activities"] is JsonArray activities)
                    Probe.CallsOf(id).ShouldBe(activities.Select(one => Text((string)one!)), ignoreOrder: false, label);
                else if (expected["activities"] is JsonObject any && any["sameSetInAnyOrder"] is JsonArray set)
                    Probe.CallsOf(id).ShouldBe(set.Select(one => Text((string)one!)), ignoreOrder: true, label);
            }
        }

        // The deliberate difference: these fail, with an error that says why, where the real engine leaves them running.
        private bool IsForeign => (string)scenario["id"]! is "illegal-delay" or "illegal-run" or "illegal-delay-then-activity" or "illegal-configureawait";

        private void CompareStep(JsonObject expected, JsonObject seen)
        {
            if (IsForeign)
                return;
            if (expected["state"] is JsonObject state)
                CompareState(state, seen["state"]!.AsObject(), "step");
            if (expected["exception"] is { } exception)
            {
                // Restarts, which the real host does not have, are as in memory.
                if ((string)exception! != "System.NotSupportedException")
                    ((string?)seen["exception"]).ShouldBe((string?)exception, $"{seen}");
            }

            if (expected["purged"] is { } purged)
                ((int?)seen["purged"]).ShouldBe((int)purged!);
            if (expected["found"] is { } found)
                seen["found"]?.ToJsonString().ShouldBe(found.ToJsonString());
        }

        private void CompareState(JsonObject expected, JsonObject seen, string label)
        {
            var where = $"{scenario["id"]} {label}: {seen}";
            ((string?)seen["status"]).ShouldBe((string?)expected["status"], where);
            foreach (var name in (string[])["input", "output", "customStatus"])
            {
                if (!expected.ContainsKey(name) || expected[name] is JsonObject)
                    continue;
                var want = (string?)expected[name] is { } text ? Text(text) : null;
                var have = (string?)seen[name];
                if (want is "null")
                    want = null;
                if (want?.StartsWith("(102402 characters", StringComparison.Ordinal) == true)
                    have!.Length.ShouldBe(102402, where);
                else if (want?.Contains("{guid}", StringComparison.Ordinal) == true || want?.Contains("{time}", StringComparison.Ordinal) == true)
                    have.ShouldNotBeNull(where);
                else
                    Plain(have).ShouldBe(Plain(want), $"{name} of {where}");
            }

            if (expected["failure"] is JsonObject failure)
                CompareFailure(failure, seen["failure"] as JsonObject, where);
        }

        private void CompareFailure(JsonObject expected, JsonObject? seen, string where)
        {
            seen.ShouldNotBeNull(where);
            ((string?)seen["errorType"]).ShouldBe((string?)expected["errorType"], where);
            ((string?)seen["errorMessage"]).ShouldBe(Text((string)expected["errorMessage"]!), where);
            ((string?)seen["stackTrace"]).ShouldBe((string?)expected["stackTrace"], where);
            if (expected["inner"] is JsonObject inner)
                CompareFailure(inner, seen["inner"] as JsonObject, where);
            else
                seen["inner"].ShouldBeNull(where);
        }

        // JSON without its escapes; digits stay as they are, since the zeros of a decimal matter.
        private static string? Plain(string? text)
        {
            if (text is null)
                return null;
            try
            {
                return JsonSerializer.Serialize(JsonNode.Parse(text), Unescaped);
            }
            catch (JsonException)
            {
                return text;
            }
        }

        private async Task StepAsync(JsonObject step, JsonObject seen, CancellationToken limit)
        {
            var id = IdOf((string?)step["instance"] ?? "main");
            switch ((string)step["do"]!)
            {
                case "start":
                    var orchestrator = (string?)step["orchestrator"] ?? (string)scenario["orchestrator"]!;
                    var input = step.ContainsKey("input") ? step["input"] : scenario["input"];
                    var options = new StartOrchestrationOptions(id);
                    if (step["dedupe"] is JsonArray dedupe)
                        options = options with { DedupeStatuses = [.. dedupe.Select(one => (string)one!)] };
                    if (step["instance"] is { } label)
                        _labels.Add((string)label!);
                    await client.ScheduleNewOrchestrationInstanceAsync(orchestrator, Value(input), options, limit);
                    break;
                case "watch":
                    _labels.Add((string)step["instance"]!);
                    break;
                case "raise":
                    await client.RaiseEventAsync(id, (string)step["name"]!, Value(step["data"]), limit);
                    break;
                case "terminate":
                    await client.TerminateInstanceAsync(id, new TerminateInstanceOptions(Value(step["output"]), (bool?)step["recursive"] ?? false), limit);
                    break;
                case "suspend":
                    await client.SuspendInstanceAsync(id, (string?)step["reason"], limit);
                    break;
                case "resume":
                    await client.ResumeInstanceAsync(id, (string?)step["reason"], limit);
                    break;
                case "purge":
                    seen["purged"] = (await client.PurgeInstanceAsync(id, limit)).PurgedInstanceCount;
                    break;
                case "get":
                    seen["state"] = await StateAsync(id, (bool?)step["inputsAndOutputs"] ?? false);
                    break;
                case "waitStart":
                    await client.WaitForInstanceStartAsync(id, limit);
                    break;
                case "waitEnd":
                    await client.WaitForInstanceCompletionAsync(id, limit);
                    seen["state"] = await StateAsync(id, payloads: true);
                    break;
                case "waitStatus":
                    await UntilAsync(async () => (string?)(await StateAsync(id, payloads: false))["status"] == (string)step["is"]!, limit);
                    break;
                case "waitCustom":
                    await UntilAsync(async () => (string?)(await StateAsync(id, payloads: true))["customStatus"] == JsonSerializer.Serialize((string)step["is"]!), limit);
                    break;
                case "waitActivity":
                    await UntilAsync(() => Task.FromResult(Probe.CallsOf(id).Count(call => call.StartsWith((string)step["name"]! + " ", StringComparison.Ordinal)) >= (int)step["count"]!), limit);
                    break;
                case "waitPasses":
                    await UntilAsync(() => Task.FromResult(Probe.Passes(id) >= (int)step["count"]!), limit);
                    break;
                case "open":
                    Probe.Open(id, (string)step["gate"]!);
                    break;
                case "settle":
                    using (var settled = new CancellationTokenSource(TimeSpan.FromSeconds((double)step["seconds"]!)))
                        await UntilAsync(() => Task.FromResult(settled.IsCancellationRequested), CancellationToken.None);
                    break;
                default:
                    break;
            }
        }

        private static async Task UntilAsync(Func<Task<bool>> condition, CancellationToken limit)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (!await condition())
                await timer.WaitForNextTickAsync(limit);
        }

        private async Task<JsonObject> StateAsync(string id, bool payloads)
        {
            if (await client.GetInstanceAsync(id, payloads) is not { } found)
                return new JsonObject { ["status"] = "(no such instance)" };
            return new JsonObject
            {
                ["status"] = found.RuntimeStatus.ToString(),
                ["input"] = found.SerializedInput,
                ["output"] = found.SerializedOutput,
                ["customStatus"] = found.SerializedCustomStatus,
                ["failure"] = Failure(found.FailureDetails),
            };
        }

        private static JsonObject? Failure(TaskFailureDetails? details) => details is null ? null : new JsonObject
        {
            ["errorType"] = details.ErrorType,
            ["errorMessage"] = details.ErrorMessage,
            ["stackTrace"] = details.StackTrace switch
            {
                null => "null",
                "" => "empty",
                _ => "present",
            },
            ["inner"] = Failure(details.InnerFailure),
        };

        private string IdOf(string label) => label == "main" ? _main : $"{_main}-{label}";

        private string Text(string text) => text.Replace("{main}", _main, StringComparison.Ordinal);

        // The recorded runs had the decimals with the zeros that the results show; the file of the scenarios lost them.
        private JsonNode? Value(JsonNode? node) => node is null ? null : JsonNode.Parse(Text(node.ToJsonString())
            .Replace("\"Amount\":12.34,", "\"Amount\":12.3400,", StringComparison.Ordinal)
            .Replace("\"Price\":1.5}", "\"Price\":1.50}", StringComparison.Ordinal));
    }
}
