using AutoTrader.Core.Application;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;
using AutoTrader.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AutoTrader.Functions.Api.Trading;

/// <summary>Cash movements other than fills.</summary>
public sealed class CashFunctions(CashService service, Cursors cursors)
{
    internal static ApiEndpoint List { get; } =
        new ApiEndpoint(
            nameof(ListCashActivities),
            "get",
            "portfolio/cash",
            "Fees, dividends, interest, transfers, journals and accepted differences, ordered by id. Amounts "
                + "are signed: withdrawals are negative."
        )
        {
            Tag = "portfolio",
            Query = [Field.Choice<CashActivityKind>("kind", "Only of this kind.")],
            Response = typeof(ListView<CashActivityView>),
        }.Paged();

    internal static ApiEndpoint Accept { get; } =
        new(
            nameof(AcceptCashDifference),
            "post",
            "portfolio/cash/accept",
            "Books a known difference between the broker's cash and the ledger (attention CASH_MISMATCH) as an "
                + "adjustment entry. The amount must match the current difference to a cent."
        )
        {
            Tag = "portfolio",
            Key = KeyUse.Optional,
            Body =
            [
                Field.Number("amount", "The difference in dollars from the attention item; negative when the broker has less.") with
                {
                    Required = true,
                },
                Field.Text("reason", "The reason for the difference.", 500) with
                {
                    Required = true,
                },
            ],
            Response = typeof(CommandView),
            MayBeAccepted = true,
            Refusals = [409, 422, 429],
        };

    /// <summary>Lists cash movements other than fills.</summary>
    [Function(nameof(ListCashActivities))]
    public async Task<IResult> ListCashActivities(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "portfolio/cash")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, List);
        var kind = input.Query.Choice<CashActivityKind>("kind");
        var list = $"cash {kind}";
        var page = await service.ListAsync(kind, input.Limit, cursors.Read(list, input.Query.Text("cursor")), input.Cancellation);
        return ApiResult.Of(ListView<CashActivityView>.Of(page.Items.Select(CashActivityView.Of), cursors.Write(list, page.Continuation)));
    }

    /// <summary>Books a difference of cash.</summary>
    [Function(nameof(AcceptCashDifference))]
    public async Task<IResult> AcceptCashDifference(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "portfolio/cash/accept")] HttpRequest request
    )
    {
        var input = await ApiRequest.ReadAsync(request, Accept);
        var command = await service.AcceptAsync(input.Body.Number("amount")!.Value, input.Command, input.Cancellation);
        return command.Status == CommandStatus.Pending ? ApiResult.Accepted(command) : ApiResult.Of(CommandView.Of(command));
    }
}
