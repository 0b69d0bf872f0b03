using AutoTrader.Core.Application;
using AutoTrader.Core.Application.Reports;
using AutoTrader.Core.Orders;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Trading;

/// <summary>Positions and money.</summary>
public sealed class PortfolioFunctions(PortfolioService service, EquityService equity)
{
    private const int MostDays = 3660;

    // 78 a session: a month of them is what a page can draw.
    private const int MostDaysOfSamples = 31;
    private const int DefaultDays = 90;

    internal static ApiEndpoint Positions { get; } =
        new(
            nameof(GetPositions),
            "get",
            "positions",
            "Positions by symbol: shares of strategies, unmanaged shares, and what the broker says."
        )
        {
            Tag = "portfolio",
            Response = typeof(ListView<PositionView>),
            Refusals = [503],
        };

    internal static ApiEndpoint Portfolio { get; } =
        new(
            nameof(GetPortfolio),
            "get",
            "portfolio",
            "Equity, cash and its movements, profit and loss, and positions by value. Cash movements are signed: withdrawals are "
                + "negative."
        )
        {
            Tag = "portfolio",
            Response = typeof(PortfolioView),
            Refusals = [503],
        };

    internal static ApiEndpoint History { get; } =
        new(
            nameof(GetEquityHistory),
            "get",
            "portfolio/history",
            "The equity curve, oldest first: the broker's equity while the engine ran. Days without a cycle, "
                + "and days without a session or a change, are omitted."
        )
        {
            Tag = "portfolio",
            Query =
            [
                Field.Whole("days", "The last so many New York days, including today.", 1, MostDays) with
                {
                    Default = "90",
                },
                Field.Choice<EquityInterval>(
                    "interval",
                    "day: each day's last point; sample: one point per five minutes of a session, at most 31 days."
                ) with
                {
                    Default = "day",
                },
            ],
            Response = typeof(ListView<EquityPointView>),
        };

    /// <summary>Positions by symbol.</summary>
    [Function(nameof(GetPositions))]
    public async Task<IResult> GetPositions([HttpTrigger(AuthorizationLevel.Function, "get", Route = "positions")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Positions);
        return ApiResult.Of(
            ListView<PositionView>.Of((await service.PositionsAsync(input.Cancellation)).Select(position => PositionView.Of(position)))
        );
    }

    /// <summary>Money and positions together.</summary>
    [Function(nameof(GetPortfolio))]
    public async Task<IResult> GetPortfolio([HttpTrigger(AuthorizationLevel.Function, "get", Route = "portfolio")] HttpRequest request)
    {
        var input = await ApiRequest.ReadAsync(request, Portfolio);
        return ApiResult.Of(PortfolioView.Of(await service.SummaryAsync(input.Cancellation)));
    }

    /// <summary>The equity curve.</summary>
    [Function(nameof(GetEquityHistory))]
    public async Task<IResult> GetEquityHistory(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "portfolio/history")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, History);
        var days = input.Query.Whole("days");
        var interval = input.Query.Choice<EquityInterval>("interval") ?? EquityInterval.Day;
        if (interval == EquityInterval.Sample && days > MostDaysOfSamples)
        {
            var message = FormattableString.Invariant($"days must be 1 to {MostDaysOfSamples} with interval=sample.");
            throw new RefusedException(Refusal.Invalid, "VALIDATION_ERROR", message)
            {
                Fields = [new("days", FieldProblem.OutOfRange, message)],
            };
        }

        var points = await equity.CurveAsync(
            days ?? (interval == EquityInterval.Sample ? MostDaysOfSamples : DefaultDays),
            interval,
            input.Cancellation
        );
        return ApiResult.Of(ListView<EquityPointView>.Of(points.Select(EquityPointView.Of)));
    }
}
