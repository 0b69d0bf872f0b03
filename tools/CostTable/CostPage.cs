using System.Globalization;
using System.Text;
using AutoTrader.Core;

namespace AutoTrader.CostTable;

/// <summary>The page docs/cost.md.</summary>
internal static class CostPage
{
    private const double SessionsPerMonth = 21;
    private const double SessionMinutes = 390;
    private const double MonthMinutes = 730 * 60;

    // The app that runs for sessions only is started half an hour before them and stopped half an hour after.
    private const double AroundSession = 60;

    public static string Of(Trading trading, Orchestrating engine)
    {
        var inSession = SessionsPerMonth * SessionMinutes;
        var firings = Trading.Schedules * SessionsPerMonth;
        var always = Month(trading, engine, inSession, MonthMinutes - inSession, firings);
        var sessions = Month(trading, engine, inSession, SessionsPerMonth * AroundSession, firings);
        var page = new StringBuilder();
        Line("# What it costs");
        Line("");
        Line(
            $"Measured by `dotnet run --project tools/CostTable -- docs/cost.md` with AutoTrader {AppVersion.Current}: the whole app on "
                + $"Azurite, one account of the paper broker with {Trading.Strategies} strategies (five hold shares) and "
                + $"{Trading.Schedules} schedules, each fired once a trading day. Requests are counted on their way to storage, executions "
                + "as they run; a second is charged for each at least."
        );
        Line("");
        Line("| | requests to storage | of them tables | queues | blobs | executions | seconds |");
        Line("|---|---|---|---|---|---|---|");
        Row("a minute of a session: cycle and maintenance", trading.InSession);
        Row("a minute outside sessions", trading.Outside);
        Row("a minute of the engine of orchestrations, all asleep", engine.Idle);
        Row("a firing of a schedule", engine.Firing);
        Line("");
        Line(
            $"A month, in US dollars at list prices as they were noted on {Prices.NotedOn} (East US; \"The prices\" below; they differ by "
                + "region and change):"
        );
        Line("");
        Line("| | requests | storage | executions | gigabyte-seconds | on demand | in all | with always-ready instances |");
        Line("|---|---|---|---|---|---|---|---|");
        MonthRow("always on", always, MonthMinutes);
        MonthRow("for sessions only", sessions, inSession + (SessionsPerMonth * AroundSession));
        Line("");
        Line(
            "Executions on demand are free up to 250,000 and 100,000 gigabyte-seconds a month for each subscription; memory is that of "
                + "`instanceMemoryMB` (512). Always-ready instances (`alwaysReadyInstances`, two with 512 MB) have no free part: they are "
                + "the price of punctuality to the second. An app for sessions only protects as always while it is stopped, since "
                + "protection rests at the broker, and misses what [operations.md](operations.md), \"Stop\", names."
        );
        Line("");
        Line(
            "What is not in it: the real Functions host adds about 50 requests a minute of its own (leases of its timers and partitions; "
                + "85 with the engine's, measured on host 4.1037), less than 0.15 dollars a month; logs are free up to 5 GB a month and "
                + "capped by `dailyCapGb`; alert rules and the availability test are charged for ([deploy.md](deploy.md)). A real broker "
                + "in place of the paper one saves its rows. What is stored is some megabytes."
        );
        Line("");
        Line(
            "What makes it grow: a strategy costs nothing by itself (a load is one request a thousand rows), an order some five requests, "
                + "a firing what the table says. A schedule by the second costs more than all else together."
        );
        Line("");
        Line("## The prices");
        Line("");
        Line(
            $"What the table reckons with. They were noted on {Prices.NotedOn} and are not read from the price pages by the tool: look "
                + $"there before you count on them ({string.Join(", ", Prices.Sources.Select(it => $"[{it.Name}]({it.Address})"))}), "
                + "change `tools/CostTable/Prices.cs` and its day, and run the tool again. An always-ready instance costs its baseline for "
                + $"every second that it waits: a month of {Prices.ReadyInstances} of {Prices.MemoryGigabytes} GB is "
                + $"{Whole(MonthMinutes * 60 * Prices.ReadyInstances * Prices.MemoryGigabytes)} GB-seconds times that price."
        );
        Line("");
        Line("| what | US dollars |");
        Line("|---|---|");
        foreach (var (what, price) in Prices.All)
        {
            Line($"| {what} | {price.ToString("0.######", CultureInfo.InvariantCulture)} |");
        }

        return page.ToString();

        void Line(string text) => page.Append(text).Append('\n');

        void Row(string name, Rate rate) =>
            Line(
                $"| {name} | {Number(rate.Requests.All)} | {Number(rate.Requests.Tables)} | {Number(rate.Requests.Queues)} | "
                    + $"{Number(rate.Requests.BlobWrites + rate.Requests.BlobOthers)} | {Number(rate.Executions)} | "
                    + $"{Number(rate.Seconds)} |"
            );

        void MonthRow(string name, Rate month, double upMinutes)
        {
            var storage = Prices.Of(month.Requests);
            var onDemand = Prices.OnDemand(month.Executions, month.Seconds);
            var ready = storage + Prices.Ready(month.Executions, month.Seconds, upMinutes * 60);
            Line(
                $"| {name} | {Whole(month.Requests.All)} | {Money(storage)} | {Whole(month.Executions)} | "
                    + $"{Whole(month.Seconds * Prices.MemoryGigabytes)} | {Money(onDemand)} | **{Money(storage + onDemand)}** | "
                    + $"{Money(ready)} |"
            );
        }
    }

    private static Rate Month(Trading trading, Orchestrating engine, double inSession, double outside, double firings) =>
        (trading.InSession * inSession) + (trading.Outside * outside) + (engine.Idle * (inSession + outside)) + (engine.Firing * firings);

    private static string Number(double value) => Math.Max(0, value).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Money(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
