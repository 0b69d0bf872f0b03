namespace AutoTrader.Yaml.Tests.Strategies;

/// <summary>Files as the Python AutoTrader writes them, quirks included.</summary>
internal static class OriginalFile
{
    private static readonly (string Field, string Value)[] Defaults =
    [
        ("symbol", "SPY"),
        ("strategy_type", "trailing_stop"),
        ("quantity", "10"),
        ("id", "1a2b3c4d"),
        ("phase", "pending"),
        ("enabled", "true"),
        ("entry_type", "market"),
        ("entry_price", "null"),
        ("entry_condition", "null"),
        ("trailing_stop_pct", "'5.0'"),
        ("pullback_pct", "null"),
        ("pullback_reference_price", "null"),
        ("take_profit_pct", "null"),
        ("stop_loss_pct", "null"),
        ("scale_targets", "null"),
        ("grid_config", "null"),
        ("entry_order_id", "null"),
        ("entry_fill_price", "null"),
        ("high_watermark", "null"),
        ("exit_order_ids", "[]"),
        ("scale_state", "null"),
        ("grid_state", "null"),
        ("schedule_at", "null"),
        ("schedule_enabled", "false"),
        ("created_at", "'2025-11-03T10:15:30.123456'"),
        ("updated_at", "'2025-11-03T10:15:30.123456'"),
        ("notes", "null"),
    ];

    /// <summary>A file with one list entry per record.</summary>
    public static string Of(params string[] records) => "strategies:\n" + string.Concat(records);

    /// <summary>A trailing stop on SPY with the given fields instead; a null value leaves a field out, unknown fields come last.</summary>
    public static string Record(params (string Field, string? Value)[] changes)
    {
        var fields = Defaults.Select(it => (it.Field, Value: (string?)it.Value)).ToList();
        foreach (var (field, value) in changes)
        {
            var index = fields.FindIndex(it => it.Field == field);
            if (index < 0)
            {
                fields.Add((field, value));
            }
            else
            {
                fields[index] = (field, value);
            }
        }

        return string.Concat(
            fields.Where(it => it.Value is not null).Select((it, i) => $"{(i == 0 ? "- " : "  ")}{it.Field}: {it.Value}\n")
        );
    }

    /// <summary>As PyYAML wrote it: the two scale-outs share one list, which it writes as an alias.</summary>
    public const string Whole = """
        strategies:
        - symbol: AAPL
          strategy_type: bracket
          quantity: 10
          id: '12345678'
          phase: pending
          enabled: true
          entry_type: limit
          entry_price: '149.5'
          entry_condition: null
          trailing_stop_pct: null
          pullback_pct: null
          pullback_reference_price: null
          take_profit_pct: '10'
          stop_loss_pct: '5'
          scale_targets: null
          grid_config: null
          entry_order_id: null
          entry_fill_price: null
          high_watermark: null
          exit_order_ids: []
          scale_state: null
          grid_state: null
          schedule_at: null
          schedule_enabled: false
          created_at: '2025-11-03T10:15:30.123456'
          updated_at: '2025-11-03T10:15:30.123456'
          notes: 'it''s "mine"'
        - symbol: IBM
          strategy_type: scale_out
          quantity: 10
          id: 00e12345
          phase: pending
          enabled: true
          entry_type: market
          scale_targets: &id001
          - pct: 33
            target_pct: 5
          - pct: 33
            target_pct: 10
          - pct: 34
            target_pct: 15
          exit_order_ids: []
          schedule_enabled: false
        - symbol: BAC
          strategy_type: scale_out
          quantity: 10
          id: aaaaaaaa
          phase: completed
          enabled: false
          entry_type: condition
          entry_condition: below:30.25
          scale_targets: *id001
          exit_order_ids: []
          schedule_enabled: false
        - symbol: 'ON'
          strategy_type: grid
          quantity: 1
          id: deadbeef
          phase: pending
          enabled: true
          entry_type: market
          grid_config:
            low: 134.99999999999997
            high: 165.0
            levels: 5
            qty_per_level: 10
          exit_order_ids: []
          schedule_enabled: false
        - symbol: QQQ
          strategy_type: pullback-trailing
          quantity: 3
          id: 0badcafe
          phase: pending
          enabled: true
          entry_type: market
          trailing_stop_pct: '5'
          pullback_pct: '2.5'
          pullback_reference_price: '410.25'
          exit_order_ids: []
          schedule_enabled: false
        """;
}
