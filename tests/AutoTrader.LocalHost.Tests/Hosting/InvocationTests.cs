using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using AutoTrader.LocalHost.Functions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Trace;
using static AutoTrader.LocalHost.Tests.Hosting.HostTestSupport;

namespace AutoTrader.LocalHost.Tests.Hosting;

/// <summary>What a function sees of its invocation, and the middleware around it.</summary>
public sealed class InvocationTests
{
    [Fact]
    public async Task Middleware_runs_in_the_order_added_and_only_where_its_predicate_says()
    {
        var trace = new ConcurrentQueue<string>();
        await using var host = await StartAsync(Options(typeof(Functions)), builder =>
        {
            builder.Services.AddSingleton(trace);
            builder.UseMiddleware(
                async (context, next) =>
                {
                    trace.Enqueue($"outer {context.FunctionDefinition.Name}");
                    await next();
                    trace.Enqueue("outer end");
                }
            );
            builder.UseWhen<Guard>(context =>
                context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type == "httpTrigger")
            );
        });
        using var client = Client(host);
        (await client.GetStringAsync("api/Traced")).ShouldBe("traced");
        trace.ShouldBe(["outer Traced", "guard api/Traced", "function", "outer end"]);

        trace.Clear();
        await host.RunTimerAsync("Timed");
        trace.ShouldBe(["outer Timed", "timed", "outer end"]);
    }

    [Fact]
    public async Task Middleware_can_answer_in_place_of_the_function()
    {
        await using var host = await StartAsync(Options(typeof(Functions)), builder =>
        {
            builder.Services.AddSingleton(new ConcurrentQueue<string>());
            builder.UseWhen(
                context => context.GetHttpContext() is not null,
                async (context, next) =>
                {
                    try
                    {
                        await next();
                    }
                    catch (FormatException)
                    {
                        await TypedResults.BadRequest().ExecuteAsync(context.GetHttpContext()!);
                    }
                }
            );
        });
        using var client = Client(host);
        (await client.GetAsync("api/Malformed")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        host.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Each_invocation_has_services_of_its_own()
    {
        await using var host = await StartAsync(Options(typeof(Functions)), builder =>
        {
            builder.Services.AddSingleton(new ConcurrentQueue<string>());
            builder.Services.AddScoped<Scoped>();
        });
        using var client = Client(host);
        var first = await client.GetStringAsync("api/Scope");
        var second = await client.GetStringAsync("api/Scope");
        first.ShouldNotBe(second);
        first.Split('|')[0].ShouldBe(first.Split('|')[1]);
    }

    [Fact]
    public async Task The_virtual_clock_is_there_before_the_app_adds_its_own()
    {
        await using var host = await StartAsync(Options(typeof(Functions)), builder =>
        {
            builder.Services.AddSingleton(new ConcurrentQueue<string>());
            builder.Services.TryAddSingleton(TimeProvider.System);
        });
        host.Services.GetRequiredService<TimeProvider>().ShouldBeSameAs(host.Clock);
        await host.RunUntilAsync(Start.AddHours(3));
        using var client = Client(host);
        (await client.GetStringAsync("api/Now")).ShouldBe("2025-01-02T17:30:00");
    }

    [Fact]
    public async Task A_function_whose_setting_is_missing_stops_the_start() =>
        (await StartAsync(typeof(NeedsSetting)).ShouldThrowAsync<FunctionIndexingException>()).Message.ShouldContain(
            "Function 'Scheduled' names the setting 'Cycle_Schedule', which has no value"
        );

    [Fact]
    public async Task A_setting_is_found_by_the_name_that_is_written_and_never_by_one_with_underscores_of_the_environment()
    {
        // As the host's provider has it, which turns __ of the environment into a colon.
        var options = Options(typeof(NestedSetting)) with { Settings = Settings(("Nested:Schedule", "0 0 3 * * *")) };
        (await StartAsync(options).ShouldThrowAsync<FunctionIndexingException>()).Message.ShouldContain("'Nested__Schedule'");
    }

    [Fact]
    public async Task A_function_that_exceeds_its_time_is_canceled()
    {
        await using var host = await StartAsync(
            Options(typeof(Waiting)) with
            {
                Settings = Settings(("AzureFunctionsJobHost:functionTimeout", "00:00:00.010")),
            }
        );
        using var client = Client(host);
        (await client.GetAsync("api/WaitForCancel")).StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        host.Failures.ShouldHaveSingleItem().Failure.ShouldBeAssignableTo<OperationCanceledException>();
    }

    [Fact]
    public async Task A_request_holds_virtual_time_until_it_waits_for_it()
    {
        var gate = new TaskCompletionSource();
        await using var host = await StartAsync(Options(typeof(Waiting)), builder => builder.Services.AddSingleton(gate));
        using var client = Client(host);
        var began = host.Services.GetRequiredService<AutoTrader.LocalHost.Time.RunningWork>();
        var request = client.GetStringAsync("api/WaitForGate");
        while (began.IsEmpty)
        {
            await Task.Yield();
        }
        var step = host.RunUntilAsync(Start.AddMinutes(2));
        host.Clock.GetUtcNow().ShouldBe(Start);
        gate.SetResult();
        (await request).ShouldBe("0 then 30");
        await step;
        host.Clock.GetUtcNow().ShouldBe(Start.AddMinutes(2));
    }

    [Fact]
    public async Task The_defaults_for_telemetry_follow_each_invocation()
    {
        // Sources are shared by the whole process: other tests are heard, too.
        var activities = new ConcurrentQueue<Activity>();
        await using var host = await StartAsync(Options(typeof(Telemetry)), builder =>
            builder
                .Services.AddOpenTelemetry()
                .UseFunctionsWorkerDefaults()
                .WithTracing(tracing => tracing.AddProcessor(new Collector(activities)))
        );
        using var client = Client(host);
        await client.GetAsync("api/Telemetered");
        await host.StopAsync();
        activities.Count(activity => activity.DisplayName == "Telemetered").ShouldBe(1);
    }

    [Fact]
    public async Task The_host_says_its_status()
    {
        await using var host = await StartAsync(typeof(Telemetry));
        using var client = Client(host);
        (await client.GetStringAsync("admin/host/status")).ShouldContain("\"state\":\"Running\"");
    }

    private sealed class Collector(ConcurrentQueue<Activity> activities) : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data) => activities.Enqueue(data);
    }

    public sealed class Waiting(TimeProvider time, IServiceProvider services)
    {
        [Function("WaitForCancel")]
        public static Task WaitForCancel(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request,
            CancellationToken cancellationToken
        ) => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

        [Function("WaitForGate")]
        public async Task<IResult> WaitForGate([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request)
        {
            var start = time.GetUtcNow();
            await services.GetRequiredService<TaskCompletionSource>().Task;
            var first = (time.GetUtcNow() - start).TotalSeconds;
            await Task.Delay(TimeSpan.FromSeconds(30), time);
            return TypedResults.Text(FormattableString.Invariant($"{first} then {(time.GetUtcNow() - start).TotalSeconds}"));
        }
    }

    public sealed class Telemetry
    {
        [Function("Telemetered")]
        public static IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => TypedResults.Ok();
    }

    public sealed class Scoped
    {
        public Guid Id { get; } = Guid.NewGuid();
    }

    public sealed class Guard(ConcurrentQueue<string> trace) : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            trace.Enqueue($"guard {context.GetHttpContext()!.Request.Path.Value!.Trim('/')}");
            await next(context);
        }
    }

    public sealed class Functions(ConcurrentQueue<string> trace, IServiceProvider services, TimeProvider? time = null)
    {
        [Function("Traced")]
        public IResult Traced([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request)
        {
            trace.Enqueue("function");
            return TypedResults.Text("traced");
        }

        [Function("Malformed")]
        public static IResult Malformed([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
            throw new FormatException();

        [Function("Scope")]
        public IResult Scope([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
            TypedResults.Text(
                $"{services.GetRequiredService<Scoped>().Id}|{request.HttpContext.RequestServices.GetRequiredService<Scoped>().Id}"
            );

        [Function("Now")]
        public IResult Now([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
            TypedResults.Text(time!.GetUtcNow().ToString("s", System.Globalization.CultureInfo.InvariantCulture));

        [Function("Timed")]
        public void Timed([TimerTrigger("0 0 3 * * *")] TimerInfo timer) => trace.Enqueue("timed");
    }

    public sealed class NestedSetting
    {
        [Function("Nested")]
        public static void Nested([TimerTrigger("%Nested__Schedule%")] TimerInfo timer) => ArgumentNullException.ThrowIfNull(timer);
    }

    public sealed class NeedsSetting
    {
        [Function("Scheduled")]
        public static void Scheduled([TimerTrigger("%Cycle_Schedule%")] TimerInfo timer) => ArgumentNullException.ThrowIfNull(timer);
    }
}
