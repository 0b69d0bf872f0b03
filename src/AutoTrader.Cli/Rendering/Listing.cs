using Spectre.Console;
using Spectre.Console.Rendering;

namespace AutoTrader.Cli.Rendering;

/// <summary>A table that fits the terminal: if it is too wide, the least important columns are dropped and named; hidden reasons are
/// printed below.</summary>
internal sealed class Listing<T>(int width)
{
    private const int Padding = 3;

    // Reasons are the longest: they leave their place to everything else.
    private const int ReasonRank = 100;

    private readonly List<(string Header, Func<T, string> Text, int Rank, bool Right)> _columns = [];

    /// <summary>Adds a column. The higher its rank, the earlier it goes; 0 stays.</summary>
    public Listing<T> Column(string header, Func<T, string> text, int rank = 0)
    {
        _columns.Add((header, text, rank, false));
        return this;
    }

    /// <summary>Adds a column of numbers.</summary>
    public Listing<T> Number(string header, Func<T, string> text, int rank = 0)
    {
        _columns.Add((header, text, rank, true));
        return this;
    }

    /// <summary>Adds a column of sentences that are never dropped: without room, they are printed below the table, each after the first
    /// cell of its row.</summary>
    public Listing<T> Reason(string header, Func<T, string?> text) => Column(header, it => text(it) ?? Cells.None, ReasonRank);

    /// <summary>The table, or <paramref name="empty"/> where there is nothing.</summary>
    public IRenderable Of(IReadOnlyList<T> items, string empty)
    {
        if (items.Count == 0)
        {
            return new Text(empty);
        }

        var shown = _columns
            .Select(column =>
                (column.Header, column.Rank, column.Right, Cells: items.Select(item => Cells.Clean(column.Text(item))).ToList())
            )
            .ToList();
        var left = new List<(string Header, int Rank, List<string> Cells)>();
        while (
            shown.Sum(column => Padding + Math.Max(column.Header.Length, column.Cells.Max(cell => cell.Length))) + 1 > width
            && shown.MaxBy(column => column.Rank) is { Rank: > 0 } least
        )
        {
            // Of equal rank the last goes first.
            var last = shown.FindLastIndex(column => column.Rank == least.Rank);
            left.Insert(0, (shown[last].Header, shown[last].Rank, shown[last].Cells));
            shown.RemoveAt(last);
        }

        var table = new Table { Border = TableBorder.Rounded, UseSafeBorder = false };
        foreach (var column in shown)
        {
            table.AddColumn(
                new TableColumn(new Text(column.Header, new Style(decoration: Decoration.Bold)))
                {
                    Alignment = column.Right ? Justify.Right : Justify.Left,
                }
            );
        }

        for (var row = 0; row < items.Count; row++)
        {
            table.AddRow(shown.Select(column => (IRenderable)new Text(column.Cells[row], Looks.Of(column.Cells[row], column.Right))));
        }

        var below = left.Where(column => column.Rank == ReasonRank)
            .SelectMany(column =>
                column
                    .Cells.Index()
                    .Where(cell => cell.Item.Length > 0 && cell.Item != Cells.None)
                    .Select(cell => Line(cell.Index, cell.Item))
            )
            .ToList();
        var lost = left.Where(column => column.Rank < ReasonRank).Select(column => column.Header).ToList();
        if (lost.Count > 0)
        {
            below.Add(new Text($"Hidden for lack of space: {string.Join(", ", lost)}."));
        }

        return below.Count == 0 ? table : new Rows([table, .. below]);

        Text Line(int row, string reason) => new($"{shown[0].Cells[row]}: {reason}");
    }
}

/// <summary>Colors that repeat what a sign or word says.</summary>
internal static class Looks
{
    private static readonly Style Good = new(Color.Green);
    private static readonly Style Bad = new(Color.Red);

    public static Style Of(string cell, bool isNumber) =>
        cell switch
        {
            "failed" or "rejected" or "LIVE" or "ON" => Bad,
            "fired" or "filled" => Good,
            _ when isNumber && cell.StartsWith('+') => Good,
            _ when isNumber && cell.Length > 1 && cell[0] == '-' => Bad,
            _ => Style.Plain,
        };
}

/// <summary>Names and values below each other.</summary>
internal static class Facts
{
    public static IRenderable Of(params IEnumerable<(string Name, string? Value)> facts)
    {
        var grid = new Grid()
            .AddColumn(new GridColumn { NoWrap = true, Padding = new(0, 0, 2, 0) })
            .AddColumn(new GridColumn { Padding = new(0, 0, 0, 0) });
        foreach (var (name, value) in facts.Where(fact => fact.Value is not null))
        {
            var clean = Cells.Clean(value);
            grid.AddRow(new Text(name, new Style(decoration: Decoration.Bold)), new Text(clean, Looks.Of(clean, isNumber: true)));
        }

        return grid;
    }

    /// <summary>A heading and its content.</summary>
    public static IRenderable Section(string heading, IRenderable content) =>
        new Rows(new Text(heading, new Style(decoration: Decoration.Bold | Decoration.Underline)), content);
}
