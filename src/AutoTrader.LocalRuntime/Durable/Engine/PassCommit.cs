using AutoTrader.LocalRuntime.Durable.History;
using AutoTrader.LocalRuntime.Durable.Storage;

namespace AutoTrader.LocalRuntime.Durable.Engine;

/// <summary>
/// Writes down a pass so that it counts whole or not at all: the row of the state, replaced under its ETag, is in one group with the messages consumed and sent.
/// What does not fit in that group goes before it, under names that count only once the state names them.
/// </summary>
internal sealed class PassCommit(GroupCommit store)
{
    private const int SliceLength = 400_000;
    private const int MessagesPerGroup = 40;

    private readonly List<RowChange> _before = [];

    /// <summary>A text for the row of the state: inside it when short.</summary>
    public TextRef? Refer(string? text, string instanceId, string name, int limit = InstanceState.InlineLimit)
    {
        if (text is null)
            return null;
        if (text.Length <= limit)
            return new TextRef { Inline = text };
        var slices = Slices(text);
        for (var i = 0; i < slices.Count; i++)
            _before.Add(new RowChange(ChangeKind.Put, DurableKeys.Text(instanceId, $"{name}-{i:D4}"), slices[i]));
        return new TextRef { Key = name, Rows = slices.Count };
    }

    /// <summary>Adds rows of history.</summary>
    /// <returns>How many there are now.</returns>
    public int Append(InstanceState state, int rows, IReadOnlyList<HistoryEvent> events)
    {
        foreach (var slice in Slices(HistoryJson.WriteLines(events)))
            _before.Add(new RowChange(ChangeKind.Put, DurableKeys.History(state.InstanceId, state.Generation, rows++), slice));
        return rows;
    }

    /// <summary>The form in which a message is kept.</summary>
    public HistoryEvent Message(string target, HistoryEvent message) => message.Data is { Length: > SliceLength / 2 } data
        ? message with { Data = null, DataRef = Refer(data, target, $"message-{Guid.NewGuid():N}") }
        : message;

    /// <summary>Commits.</summary>
    /// <returns>The new ETag of the state, and the state with its outbox, if what was sent did not fit.</returns>
    public async Task<(string ETag, InstanceState State)> SaveAsync(InstanceState state, string? etag, IReadOnlyList<string> consumed, IReadOnlyList<(string Key, HistoryEvent Message)> sent)
    {
        var staged = sent.Count > MessagesPerGroup;
        List<RowChange> group = [];
        if (staged)
        {
            var outbox = Guid.NewGuid().ToString("N");
            state = state with { Outbox = outbox };
            foreach (var (key, message) in sent)
                _before.Add(new RowChange(ChangeKind.Put, $"o|{outbox}|{key}", HistoryJson.Write(message)));
        }
        else
        {
            group.AddRange(sent.Select(one => new RowChange(ChangeKind.Insert, one.Key, HistoryJson.Write(one.Message))));
        }

        group.AddRange(consumed.Select(key => new RowChange(ChangeKind.Delete, key)));
        var row = HistoryJson.Write(state);
        group.Insert(0, new RowChange(etag is null ? ChangeKind.Insert : ChangeKind.Replace, DurableKeys.State(state.InstanceId), row, etag));
        if (group.Count + _before.Count <= IDurableStore.GroupRows && group.Concat(_before).Sum(change => change.Text.Length) <= IDurableStore.GroupLength)
            group.AddRange(_before);
        else
            await WriteBeforeAsync();
        return ((await store.CommitAsync(group))[0], state);
    }

    /// <summary>Commits a message alone.</summary>
    public async Task SaveMessageAsync(string key, HistoryEvent message)
    {
        await WriteBeforeAsync();
        await store.CommitAsync([new RowChange(ChangeKind.Insert, key, HistoryJson.Write(message))]);
    }

    /// <summary>Sends what an earlier commit staged; each message once, however often this is interrupted.</summary>
    public static async Task<IReadOnlyList<(string Key, HistoryEvent Message)>> ReleaseAsync(GroupCommit store, IReadOnlyList<StoredRow> staged)
    {
        List<(string, HistoryEvent)> released = [];
        foreach (var chunk in staged.Chunk(MessagesPerGroup))
        {
            var messages = chunk.Select(row => (Key: row.Key.Split('|', 3)[2], row.Text)).ToList();
            await store.CommitAsync([.. chunk.Select(row => new RowChange(ChangeKind.Delete, row.Key)), .. messages.Select(one => new RowChange(ChangeKind.Insert, one.Key, one.Text))]);
            released.AddRange(messages.Select(one => (one.Key, HistoryJson.Read<HistoryEvent>(one.Text))));
        }

        return released;
    }

    private static List<string> Slices(string text)
    {
        List<string> slices = [];
        for (var start = 0; start < text.Length; start += SliceLength)
            slices.Add(text.Substring(start, Math.Min(SliceLength, text.Length - start)));
        return slices;
    }

    private async Task WriteBeforeAsync()
    {
        List<RowChange> group = [];
        foreach (var change in _before)
        {
            if (group.Count == IDurableStore.GroupRows || (group.Count > 0 && group.Sum(one => one.Text.Length) + change.Text.Length > IDurableStore.GroupLength))
            {
                await store.CommitAsync(group);
                group = [];
            }

            group.Add(change);
        }

        if (group.Count > 0)
            await store.CommitAsync(group);
    }
}
