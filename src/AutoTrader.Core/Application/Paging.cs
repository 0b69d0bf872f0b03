using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Application;

/// <summary>Pages of what a filter takes, read from pages of everything.</summary>
internal static class Paging
{
    private const int MostReads = 20;

    /// <summary>
    /// Reads pages until one is full, as far as the store's own pages allow, or the end is near. A page may stay short: only a missing
    /// continuation says that it was the last.
    /// </summary>
    public static async Task<Page<T>> FilterAsync<T>(
        Func<int, string?, Task<Page<T>>> read,
        Func<T, bool> takes,
        int pageSize,
        string? continuation
    )
    {
        var items = new List<T>();
        for (var reads = 1; ; reads++)
        {
            // Never more than what still fits, or the rest of a page would be lost: a continuation points behind whole pages only.
            var page = await read(pageSize - items.Count, continuation);
            items.AddRange(page.Items.Where(takes));
            continuation = page.Continuation;
            if (continuation is null || items.Count >= pageSize || reads == MostReads)
            {
                return new(items, continuation);
            }
        }
    }

    /// <summary>Every row of a listing.</summary>
    public static async Task<List<T>> AllAsync<T>(Func<string?, Task<Page<T>>> read)
    {
        var items = new List<T>();
        string? continuation = null;
        do
        {
            var page = await read(continuation);
            items.AddRange(page.Items);
            continuation = page.Continuation;
        } while (continuation is not null);
        return items;
    }
}
