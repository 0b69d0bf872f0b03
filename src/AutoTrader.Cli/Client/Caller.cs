using AutoTrader.Contracts;

namespace AutoTrader.Cli.Client;

/// <summary>What asks the API: a command, or a tool of the MCP server.</summary>
internal abstract class Caller(CancellationToken cancellationToken) : IDisposable
{
    private const int PageSize = 1000;

    private EngineView? _engine;

    public CancellationToken Cancellation => cancellationToken;

    public abstract IAutoTraderApi Api { get; }

    /// <summary>Awaits a task, and reports when it takes long.</summary>
    public abstract Task<T> WaitAsync<T>(Task<T> response);

    /// <summary>The same for calls that answer nothing.</summary>
    public Task WaitAsync(Task done) => WaitAsync(Nothing(done));

    /// <summary>How the engine is doing; asked once.</summary>
    public async Task<EngineView> EngineAsync() => _engine ??= await WaitAsync(Api.GetEngineAsync(cancellationToken));

    /// <summary>Every page of a list.</summary>
    public virtual Task<IReadOnlyList<T>> AllAsync<T>(Func<int, string?, Task<ListView<T>>> read) => AllAsync(read, _ => { });

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Every page of a list; <paramref name="onPage"/> sees each.</summary>
    protected async Task<IReadOnlyList<T>> AllAsync<T>(Func<int, string?, Task<ListView<T>>> read, Action<ListView<T>> onPage)
    {
        var items = new List<T>();
        string? cursor = null;
        do
        {
            var page = await WaitAsync(read(PageSize, cursor));
            items.AddRange(page.Items);
            onPage(page);
            cursor = page.NextCursor;
        } while (cursor is not null);

        return items;
    }

    protected abstract void Dispose(bool disposing);

    private static async Task<bool> Nothing(Task done)
    {
        await done;
        return true;
    }
}
