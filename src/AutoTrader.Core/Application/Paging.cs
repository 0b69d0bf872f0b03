using AutoTrader.Core.Ports;

namespace AutoTrader.Core.Application;

/// <summary>Reads several pages of a listing as one.</summary>
public static class Paging
{
    private const int MostReads = 20;

    /// <summary>
    /// Reads pages until one is full, as far as the store's own pages allow, or the end is near. A page may stay short: only a missing
    /// continuation says that it was the last.
    /// </summary>
    /// <typeparam name="T">What a row is.</typeparam>
    /// <param name="read">Reads a page of at most so many rows, behind a continuation.</param>
    /// <param name="takes">The filter.</param>
    /// <param name="pageSize">How many rows at most.</param>
    /// <param name="continuation">Where it goes on; null for the start.</param>
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
    /// <typeparam name="T">What a row is.</typeparam>
    /// <param name="read">Reads the page behind a continuation; null for the first.</param>
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
