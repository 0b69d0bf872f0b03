using System.ComponentModel;
using System.Diagnostics;
using AutoTrader.Backtesting;
using AutoTrader.Backtesting.Reports;
using AutoTrader.Backtesting.Results;
using AutoTrader.Brokers.Market;
using AutoTrader.Core.Market;

namespace AutoTrader.Cli.Client.Backtests;

/// <summary>Results drawn into files and shown.</summary>
internal static class ChartFile
{
    private const string Png = ".png";
    private const string Svg = ".svg";

    /// <summary>Where a picture may go, for help.</summary>
    public const string Formats = "report.html holds the whole report in one file, chart.png and chart.svg only the charts";

    /// <summary>Writes and shows the requested output.</summary>
    /// <param name="session">The command.</param>
    /// <param name="result">The result.</param>
    /// <param name="market">Where the prices are.</param>
    /// <param name="reading">Who waits while they are read.</param>
    /// <param name="file">The file to write; null for none.</param>
    /// <param name="isShown">Whether to show it.</param>
    /// <param name="theme"><c>dark</c> or <c>light</c>.</param>
    /// <exception cref="CommandException">It cannot be written or shown.</exception>
    public static async Task WriteAsync(
        Session session,
        BacktestResult result,
        CsvMarketOptions market,
        FileReading reading,
        string? file,
        bool isShown,
        string theme
    )
    {
        if (file is null && !isShown)
        {
            return;
        }

        Check(file);
        var (prices, remark) = await PricesAsync(result, market, reading);
        var path = file
            ?? Path.Combine(Directory.CreateDirectory(Path.Combine(session.Terminal.DataFolder, "charts")).FullName, result.Id + ".html");
        await WriteAsync(path, result, prices, theme == "dark", remark);
        session.Note($"Drawn in {path}");
        if (remark is not null)
        {
            session.Note(remark);
        }

        if (isShown)
        {
            Show(session.Terminal, Path.GetFullPath(path));
        }
    }

    /// <summary>Before anything is run for it.</summary>
    /// <exception cref="CommandException">Nothing can be written to the file.</exception>
    public static void Check(string? file)
    {
        if (file is not null && Ending(file) is not (Png or Svg or ".html" or ".htm"))
        {
            throw new CommandException(ExitCode.Usage, $"{file} ends with none of .html, .png and .svg: {Formats}.");
        }

        CheckPlace(file);
    }

    /// <summary>Before anything is run for a file: hours of work must not end at a mistyped path.</summary>
    /// <param name="file">The file that will be written; null for none.</param>
    /// <exception cref="CommandException">Its folder is not there, or it is a folder itself.</exception>
    public static void CheckPlace(string? file)
    {
        if (file is { Length: 0 } || Directory.Exists(file))
        {
            throw new CommandException(ExitCode.Usage, $"'{file}' is not a file; name one.");
        }

        if (file is not null && Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder))
        {
            throw new CommandException(ExitCode.Usage, $"The folder {folder} of {file} does not exist; create it first.");
        }
    }

    private static string Ending(string path) => Path.GetExtension(path).ToLowerInvariant();

    private static async Task WriteAsync(
        string path,
        BacktestResult result,
        IReadOnlyDictionary<string, IReadOnlyList<Bar>> prices,
        bool isDark,
        string? remark
    )
    {
        if (Ending(path) != Png)
        {
            var text = Ending(path) == Svg ? ReportPicture.Svg(result, prices, isDark) : HtmlReport.Write(result, prices, isDark, remark);
            await File.WriteAllTextAsync(path, text, CancellationToken.None);
            return;
        }

        try
        {
            await File.WriteAllBytesAsync(path, ReportPicture.Png(result, prices, isDark), CancellationToken.None);
        }
        catch (BacktestRefusedException nothing)
        {
            throw new CommandException(ExitCode.Failed, nothing.Message);
        }
    }

    // The prices are not kept with a result: those of the folder are drawn, if they are still the same or not.
    private static async Task<(IReadOnlyDictionary<string, IReadOnlyList<Bar>> Prices, string? Remark)> PricesAsync(
        BacktestResult result,
        CsvMarketOptions market,
        FileReading reading
    )
    {
        try
        {
            var need = NeedOf(result);
            var (prices, hash) = await Task.Run(() =>
                new BacktestData(market, reading).PeriodAsync(need.Symbols, need.Start, need.End)
            );
            return (
                prices,
                result.DataHash is { } known && known != hash
                    ? "The drawn prices differ from the backtest's: the files have changed."
                    : null
            );
        }
        catch (Exception failure) when (failure is BacktestRefusedException or CommandException)
        {
            return (
                new Dictionary<string, IReadOnlyList<Bar>>(StringComparer.Ordinal),
                $"The prices are not drawn: {failure.Message} --historical-dir names their folder."
            );
        }
    }

    /// <summary>The prices that a result is drawn with.</summary>
    /// <exception cref="CommandException">Its days cannot be read.</exception>
    public static PriceNeed NeedOf(BacktestResult result) =>
        new(
            [.. result.Symbol.Split(',').Select(Core.Market.Symbol.Normalize)],
            BacktestDraft.Day("start_date", Day(result.StartDate)),
            BacktestDraft.Day("end_date", Day(result.EndDate))
        );

    // A name may end in a time.
    private static string Day(string text) => text.Length > 10 ? text[..10] : text;

    private static void Show(Terminal terminal, string path)
    {
        var start = terminal.Variable("BROWSER") is { Length: > 0 } browser
            ? new ProcessStartInfo(browser, [path])
            : new ProcessStartInfo(path) { UseShellExecute = true };
        try
        {
            using var process = Process.Start(start);
        }
        catch (Win32Exception)
        {
            throw new CommandException(ExitCode.Failed, $"No program here can show {path}; open it in a browser.");
        }
    }
}
