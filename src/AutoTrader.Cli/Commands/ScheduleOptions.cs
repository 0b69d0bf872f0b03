using System.CommandLine;
using AutoTrader.Cli.Client;
using AutoTrader.Contracts;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Schedules;

namespace AutoTrader.Cli.Commands;

/// <summary>The fields of a schedule as options.</summary>
internal sealed class ScheduleOptions(TraderCli cli)
{
    private readonly Option<string?> _at = new("--at")
    {
        Description = "Once: 2026-02-13 09:30, tomorrow 09:30, monday 09:30, +2h, open+5m, next open, or with an offset.",
        HelpName = "when",
    };
    private readonly Option<string?> _cron = new("--cron")
    {
        Description = "By a cron expression of five fields, or six with seconds first, in the zone.",
        HelpName = "expression",
    };
    private readonly Option<string?> _market = new("--market")
    {
        Description = "In every session: open, close, open+5m, close-10m.",
        HelpName = "time",
    };
    private readonly Option<bool> _days = new("--trading-days-only") { Description = "Skip days without a session." };
    private readonly Option<string?> _from = new("--start-at") { Description = "No occurrence before this time.", HelpName = "when" };
    private readonly Option<string?> _until = new("--end-at") { Description = "No occurrence after this time.", HelpName = "when" };
    private readonly Option<int?> _runs = WholeNumber.Optional(
        "--max-runs",
        "End after this many occurrences.",
        "number",
        least: 1,
        most: int.MaxValue
    );
    private readonly Option<int?> _jitter = WholeNumber.Optional(
        "--jitter",
        "Fixed delay per schedule, at most this long.",
        "seconds",
        least: 0,
        ScheduleValidation.MaxJitterSeconds
    );
    private readonly Option<string?> _strategy = new("--strategy") { Description = "The strategy.", HelpName = "id" };
    private readonly Option<string?> _symbol = new("--symbol") { Description = "The symbol." };
    private readonly Option<string?> _side = Choice<OrderSide>("--side", "Of an order: buy or sell.");
    private readonly Option<int?> _qty = WholeNumber.Optional(
        "--qty",
        "Shares of an order.",
        "shares",
        least: 1,
        OrderValidation.MaxQuantity
    );
    private readonly Option<decimal?> _limit = new("--limit")
    {
        Description = "The limit price of an order in dollars; without one it is a market order.",
        HelpName = "price",
    };
    private readonly Option<decimal?> _stop = new("--stop") { Description = "The stop price of an order in dollars.", HelpName = "price" };
    private readonly Option<decimal?> _trail = new("--trail")
    {
        Description = "The distance of a trailing stop in percent.",
        HelpName = "percent",
    };
    private readonly Option<string?> _type = Choice<OrderType>("--order-type", "How an order is priced.");
    private readonly Option<string?> _life = Choice<TimeInForce>("--time-in-force", "How long the order is valid.");
    private readonly Option<string?> _message = new("--message") { Description = "The message of a notification.", HelpName = "text" };
    private readonly Option<string?> _name = new("--name") { Description = "A name for people.", HelpName = "text" };
    private readonly Option<string?> _misfire = Choice<Misfire>(
        "--misfire",
        "What to do with missed occurrences. The default depends on the task."
    );
    private readonly Option<string?> _window = new("--misfire-window")
    {
        Description = "How late an occurrence may be: 90s, 5m, 1h, 2d or none.",
        HelpName = "length",
    };
    private readonly Option<string?> _note = new("--note") { Description = "Free text.", HelpName = "text" };

    public IEnumerable<Symbol> When => [_at, _cron, _market, cli.Zone, _days, _from, _until, _runs, _jitter];

    public IEnumerable<Symbol> Targets => [_strategy, _symbol];

    public IEnumerable<Symbol> All =>
        [.. When, .. Targets, _side, _qty, _limit, _stop, _trail, _type, _life, _message, cli.Reason, _name, _misfire, _window, _note];

    /// <summary>The name of the option that gives a field of the API its value, without the dashes before it.</summary>
    public static string NameOf(string field) =>
        field switch
        {
            "strategy_id" => "strategy",
            "limit_price" => "limit",
            "stop_price" => "stop",
            "trail_percent" => "trail",
            "jitter_seconds" => "jitter",
            _ => field.Replace('_', '-'),
        };

    public SchedulePatch Patch(Session session)
    {
        var data = new TaskDataView
        {
            StrategyId = session.Get(_strategy),
            Symbol = session.Get(_symbol),
            Side = WireNames.Parse<OrderSide>(session.Get(_side)),
            Qty = session.Get(_qty),
            OrderType = WireNames.Parse<OrderType>(session.Get(_type)),
            TimeInForce = WireNames.Parse<TimeInForce>(session.Get(_life)),
            LimitPrice = session.Get(_limit),
            StopPrice = session.Get(_stop),
            TrailPercent = session.Get(_trail),
            Message = session.Get(_message),
            Reason = session.Get(cli.Reason),
        };
        return new()
        {
            ScheduleAt = Optional.OfClearable(session.Get(_at)),
            ScheduleCron = Optional.OfClearable(session.Get(_cron)),
            Market = Optional.OfClearable(session.Get(_market)),
            Zone = Optional.Of(session.Get(cli.Zone)),
            TradingDaysOnly = session.Get(_days) ? true : default(Optional<bool>),
            StartAt = Optional.OfClearable(session.Get(_from)),
            EndAt = Optional.OfClearable(session.Get(_until)),
            MaxRuns = Optional.OfClearable(session.Get(_runs)),
            JitterSeconds = Optional.Of(session.Get(_jitter)),
            TaskData = Optional.OfClearable(ScheduleDraft.GivenOrNull(data)),
            Name = Optional.OfClearable(session.Get(_name)),
            Misfire = Optional.OfClearable(WireNames.Parse<Misfire>(session.Get(_misfire))),
            MisfireWindow = Optional.OfClearable(session.Get(_window)),
            Note = Optional.OfClearable(session.Get(_note)),
        };
    }

    private static Option<string?> Choice<T>(string name, string description)
        where T : struct, Enum
    {
        var option = new Option<string?>(name) { Description = description };
        option.AcceptOnlyFromAmong([.. WireNames.All<T>()]);
        return option;
    }
}
