using System.CommandLine;
using System.Globalization;
using AutoTrader.Core.Market;

const string Anyway = "AUTOTRADER_DEPLOY_IN_SESSION";

var at = new Option<DateTimeOffset?>("--at") { Description = "The instant to ask about, with its offset; now when it is left out." };
var margin = new Option<TimeSpan>("--margin")
{
    Description = "How long before the open a session counts as begun, as hh:mm:ss.",
    DefaultValueFactory = _ => TimeSpan.FromMinutes(30),
};
var command = new RootCommand(
    $"""
    Whether a deployment may begin: not in a session of the New York Stock Exchange, nor shortly before one, since it ends what runs.
    Exit code 0 when it may, 1 when it may not. {Anyway}=true in the environment says to do it anyway.
    """
)
{
    at,
    margin,
};
command.SetAction(arguments =>
{
    var now = arguments.GetValue(at) ?? DateTimeOffset.UtcNow;
    var session = TradingCalendar.Nyse.CurrentOrNext(now);
    var inNewYork = new Func<DateTimeOffset, string>(instant =>
        TimeZoneInfo.ConvertTime(instant, TradingCalendar.Nyse.NewYork).ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
    );
    if (session.Open - arguments.GetValue(margin) > now)
    {
        Console.WriteLine($"The exchange is closed until {inNewYork(session.Open)} New York time.");
        return 0;
    }

    var why = $"The session of {inNewYork(session.Open)} to {inNewYork(session.Close)} New York time has begun or is about to.";
    if (string.Equals(Environment.GetEnvironmentVariable(Anyway), "true", StringComparison.OrdinalIgnoreCase))
    {
        Console.WriteLine($"{why} {Anyway} is true: going on. Protection rests at the broker meanwhile.");
        return 0;
    }

    Console.Error.WriteLine($"{why} A deployment ends what runs: wait for the close, or set {Anyway}=true.");
    return 1;
});
return command.Parse(args).Invoke();
