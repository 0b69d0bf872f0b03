using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Ports;

namespace AutoTrader.Storage.Records;

/// <summary>The columns of cash activities.</summary>
internal static class CashActivityRecord
{
    public static RecordMapper<CashActivity> Mapper { get; } =
        new(
            (activity, to) =>
            {
                to.Text("activity_id", activity.Id);
                to.Word("kind", activity.Kind);
                to.Text("type", activity.Type);
                to.Decimal("amount", activity.Amount);
                to.Date("day", activity.Day);
                to.Text("symbol", activity.Symbol);
                to.Text("note", activity.Note);
                to.Text("accepted_by", activity.AcceptedBy);
                to.Instant("accepted_at", activity.AcceptedAt);
            },
            from =>
                new()
                {
                    Id = from.Text("activity_id"),
                    Kind = from.Word<CashActivityKind>("kind"),
                    Type = from.Text("type"),
                    Amount = from.Decimal("amount"),
                    Day = from.Date("day"),
                    Symbol = from.OptionalText("symbol"),
                    Note = from.OptionalText("note"),
                    AcceptedBy = from.OptionalText("accepted_by"),
                    AcceptedAt = from.OptionalInstant("accepted_at"),
                },
            (activity, row) => row.RowKey == TradingKey.Cash(activity.Id)
        );
}
