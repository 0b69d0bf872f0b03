using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace AutoTrader.LocalHost.SampleApp;

/// <summary>The functions of an app that tests start, stop and kill. They write to the console what they do.</summary>
public sealed class SampleFunctions(TimeProvider time, IConfiguration configuration, IHostApplicationLifetime lifetime)
{
    /// <summary>Ticks by the setting <c>Tick</c>; at the instant of the setting <c>Sample__HangAt</c> it never ends.</summary>
    [Function("Tick")]
    public async Task Tick([TimerTrigger("%Tick%")] TimerInfo timer, CancellationToken cancellationToken)
    {
        var now = Now();
        Console.WriteLine($"tick {now} begins");
        if (now == configuration["Sample:HangAt"])
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        // Polls as an order would be, in business time.
        await Task.Delay(TimeSpan.FromSeconds(5), time, cancellationToken);
        Console.WriteLine($"tick {now} ends at {Now()}");
    }

    /// <summary>The present business instant.</summary>
    [Function("Now")]
    public IResult GetNow([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) => TypedResults.Text(Now());

    /// <summary>A setting as an environment variable.</summary>
    [Function("Setting")]
    public static IResult GetSetting(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "settings/{name}")] HttpRequest request,
        string name
    ) => TypedResults.Text(Environment.GetEnvironmentVariable(name) ?? "");

    /// <summary>Ends only when the host has been told to stop.</summary>
    [Function("Slow")]
    public async Task<IResult> Slow([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request)
    {
        Console.WriteLine("slow begins");
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (lifetime.ApplicationStopping.Register(stopping.SetResult))
        {
            await stopping.Task;
        }
        await Task.Yield();
        return TypedResults.Text("ended in peace");
    }

    private string Now() => time.GetUtcNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
