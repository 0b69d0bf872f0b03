namespace AutoTrader.Functions.Views;

/// <summary>Pages of lists.</summary>
internal static class ListViews
{
    extension<T>(ListView<T>)
    {
        public static ListView<T> Of(IEnumerable<T> items, string? nextCursor = null)
        {
            var list = items.ToList();
            return new(list, list.Count, nextCursor);
        }
    }
}
