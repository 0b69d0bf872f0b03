using System.Collections;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AutoTrader.Brokers.Market;

/// <summary>
/// Values in the order in which they were added, of any number: the first pages stay in memory, the others lie in a temporary file, which
/// goes with the instance, and with the process however that ends. Once everything is added it is thread-safe.
/// </summary>
/// <typeparam name="T">Values without references.</typeparam>
internal sealed class Spool<T> : IEnumerable<T>, IDisposable
    where T : struct
{
    /// <summary>Values in a page.</summary>
    public const int PageSize = 512;

    private const int PagesInMemory = 64;

    private static readonly int PageBytes = MemoryMarshal.AsBytes(new T[PageSize].AsSpan()).Length;

    private readonly List<T[]> _pages = [];
    private T[] _last = new T[PageSize];
    private SafeFileHandle? _file;

    /// <summary>How many values there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many pages there are, the last of which may not be full.</summary>
    public int Pages => (Count + PageSize - 1) / PageSize;

    /// <summary>Adds a value at the end.</summary>
    /// <exception cref="IOException">The temporary file cannot be written.</exception>
    public void Add(T value)
    {
        _last[Count % PageSize] = value;
        if (++Count % PageSize != 0)
        {
            return;
        }

        if (_pages.Count < PagesInMemory)
        {
            _pages.Add(_last);
            _last = new T[PageSize];
            return;
        }

        _file ??= CreateFile();
        RandomAccess.Write(_file, MemoryMarshal.AsBytes(_last.AsSpan()), OffsetOf(Pages - 1));
    }

    /// <summary>The values of a page, not to be changed.</summary>
    /// <param name="index">Which page.</param>
    /// <param name="buffer">Room for a page, which is read into it where it is not in memory.</param>
    /// <exception cref="IOException">The temporary file cannot be read.</exception>
    public ReadOnlySpan<T> Page(int index, T[] buffer) => Load(index, buffer).AsSpan(0, CountOn(index));

    /// <summary>The values from the last to the first.</summary>
    public IEnumerable<T> Backwards()
    {
        var buffer = new T[PageSize];
        for (var page = Pages - 1; page >= 0; page--)
        {
            var values = Load(page, buffer);
            for (var i = CountOn(page) - 1; i >= 0; i--)
            {
                yield return values[i];
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator()
    {
        var buffer = new T[PageSize];
        for (var page = 0; page < Pages; page++)
        {
            var (values, count) = (Load(page, buffer), CountOn(page));
            for (var i = 0; i < count; i++)
            {
                yield return values[i];
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private int CountOn(int page) => Math.Min(PageSize, Count - (page * PageSize));

    private static long OffsetOf(int page) => (long)(page - PagesInMemory) * PageBytes;

    private T[] Load(int page, T[] buffer)
    {
        if (page < _pages.Count)
        {
            return _pages[page];
        }

        if (page == Count / PageSize)
        {
            return _last;
        }

        var bytes = MemoryMarshal.AsBytes(buffer.AsSpan(0, PageSize));
        for (var read = 0; read < bytes.Length; )
        {
            var more = RandomAccess.Read(_file!, bytes[read..], OffsetOf(page) + read);
            read += more > 0 ? more : throw new EndOfStreamException("The temporary file of bars was cut short.");
        }

        return buffer;
    }

    private static SafeFileHandle CreateFile()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var file = File.OpenHandle(
            path,
            FileMode.CreateNew,
            FileAccess.ReadWrite,
            FileShare.None,
            OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None
        );
        if (!OperatingSystem.IsWindows())
        {
            // Without a name it goes even when the process is killed. Windows sees to that itself.
            File.Delete(path);
        }

        return file;
    }
}
