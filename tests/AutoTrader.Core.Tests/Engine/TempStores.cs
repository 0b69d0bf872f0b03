#pragma warning disable
using AutoTrader.Core.Engine;
using AutoTrader.Core.Engine.Ports;
using AutoTrader.Core.Orders;
using AutoTrader.Core.Portfolio;
using AutoTrader.Core.Risk;
using AutoTrader.Core.Strategies;
namespace AutoTrader.Storage;
internal sealed class MemoryTradingStore : ITradingStore
{
    private readonly SortedDictionary<string, (object V, string E)> _rows = new(StringComparer.Ordinal);
    private int _e;
    public Task<TradingSnapshot> LoadAsync(string account, CancellationToken ct) { lock (_rows) {
        List<Row<T>> L<T>(string p) where T : class => [.. _rows.Where(r => r.Key.StartsWith(p, StringComparison.Ordinal)).Select(r => new Row<T>((T)r.Value.V, new(r.Value.E)))];
        return Task.FromResult(new TradingSnapshot { Account = _rows.TryGetValue("account", out var a) ? new((AccountState)a.V, new(a.E)) : null, Strategies = L<Strategy>("strategy|"), Orders = L<Order>("order|"), Unmanaged = L<UnmanagedHolding>("holding|"), Wishes = L<Wish>("wish|") }); } }
    public Task<CommitResult> CommitAsync(string account, IReadOnlyList<TradingWrite> group, CancellationToken ct) { lock (_rows) {
        if (group.Select(g => g.RowKey).Distinct().Count() != group.Count || group.Count > 100) throw new ArgumentException("bad group: " + string.Join(",", group.Select(g => g.RowKey)));
        foreach (var w in group) { var has = _rows.TryGetValue(w.RowKey, out var r); if (w.Expected is null ? has : !has || r.E != w.Expected.ETag) return Task.FromResult<CommitResult>(new CommitResult.Conflict(w.RowKey)); }
        var vs = new List<RowVersion?>();
        foreach (var w in group) { if (w.Record is null) { _rows.Remove(w.RowKey); vs.Add(null); } else { var e = (++_e).ToString(System.Globalization.CultureInfo.InvariantCulture); _rows[w.RowKey] = (w.Record, e); vs.Add(new(e)); } }
        return Task.FromResult<CommitResult>(new CommitResult.Committed(vs)); } }
    public Task<Row<T>?> ReadAsync<T>(string account, string rowKey, CancellationToken ct) where T : class { lock (_rows) return Task.FromResult(_rows.TryGetValue(rowKey, out var r) ? new Row<T>((T)r.V, new(r.E)) : null); }
    public Task<Page<Row<T>>> ListAsync<T>(string account, string prefix, int pageSize, string? c, CancellationToken ct) where T : class { lock (_rows) return Task.FromResult(new Page<Row<T>>([.. _rows.Where(r => r.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(r => new Row<T>((T)r.Value.V, new(r.Value.E)))], null)); }
    public Task<bool> DeleteAsync(string account, string rowKey, CancellationToken ct) { lock (_rows) return Task.FromResult(_rows.Remove(rowKey)); }
}
internal sealed class MemoryEngineStore : IEngineStore
{
    private EngineMemory? _m; private int _e; private readonly List<CycleRecord> _c = [];
    public Task<Row<EngineMemory>?> LoadAsync(string account, CancellationToken ct) => Task.FromResult(_m is null ? null : new Row<EngineMemory>(_m, new(_e.ToString(System.Globalization.CultureInfo.InvariantCulture))));
    public Task<RowVersion?> SaveAsync(string account, EngineMemory memory, RowVersion? expected, CycleRecord cycle, CancellationToken ct) { _m = memory; _c.Add(cycle); return Task.FromResult<RowVersion?>(new((++_e).ToString(System.Globalization.CultureInfo.InvariantCulture))); }
    public Task<IReadOnlyList<CycleRecord>> ListCyclesAsync(string account, int count, CancellationToken ct) => Task.FromResult<IReadOnlyList<CycleRecord>>(_c);
    public Task PruneAsync(string account, DateTimeOffset before, CancellationToken ct) => Task.CompletedTask;
}
internal sealed class MemoryEngineLease : IEngineLease
{
    private bool _held;
    public Task<IHeldLease?> TryAcquireAsync(string account, string holder, CancellationToken ct) { if (_held) return Task.FromResult<IHeldLease?>(null); _held = true; return Task.FromResult<IHeldLease?>(new H(this)); }
    public Task<LeaseHolder?> PeekAsync(string account, CancellationToken ct) => Task.FromResult<LeaseHolder?>(null);
    private sealed class H(MemoryEngineLease l) : IHeldLease { public bool IsHeld => true; public CancellationToken Lost => default; public ValueTask DisposeAsync() { l._held = false; return default; } }
}
